import { resolve } from 'node:path';
import type { PlaygroundOptions } from '../../src/playground.ts';
import { HelmError } from '../../src/helm/index.ts';
import { renderFolder } from '../../src/render/index.ts';
import { helmBinary } from '../helm/binaries.ts';
import { fixtures } from '../plan/plans.ts';
import { evil } from '../report/hostile.ts';

/** Manifests, and how they are linted: in the playground, and by the command line. */
export interface Input {
  name: string;
  text: string;
  options: PlaygroundOptions;
  args: string[];
}

export const path = 'rendered.yaml';
const engines = ['helm', 'argocd', 'flux'] as const;
const presets = ['recommended', 'strict', 'all'] as const;
const rendered = 40;

// Escaped, and without halves of characters, which cannot be: so it is a text of YAML.
const hostile = JSON.stringify(evil.replace(/[\ud800-\udfff]/g, '')).replace(
  /[^\x20-\x7e]/g,
  (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
);

/** What nobody renders, but somebody pastes. */
const pasted = {
  nothing: '',
  comments: '# nothing\n---\n# else\n',
  prose: 'This is the output of helm template.\n',
  'a control character': 'kind: Job\nmetadata:\n  name: \u0007\n',
  'zero bytes': 'kind: Job\0',
  'a document that cannot be read':
    'apiVersion: v1\nkind: Secret\nmetadata: {name: a\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: b\n',
  'a list': 'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n',
  'JSON, a byte order mark and Windows lines':
    '\ufeff{"apiVersion":"batch/v1","kind":"Job",\r\n"metadata":{"name":"mig","annotations":{"helm.sh/hook":"pre-instal"}}}\r\n',
  'hostile texts': ['annotations', 'labels']
    .map(
      (field) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${hostile}\n  ${field}: {"helm.sh/hook": ${hostile}}\n`,
    )
    .join('---\n'),
  'addresses, and comments that suppress': `apiVersion: v1
kind: Service
metadata: {name: a}
spec:
  clusterIPs: ["::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3", "::"]
  ports: [{port: 70000}]
---
# migrate-lint-disable-next-line job-schema, nonsense
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {migrate-lint/ignore: restart-policy}}
spec: {template: {spec: {containers: [{name: a, image: a, command: [alembic, upgrade, head]}]}}}
`,
};

/** Fifty texts: renders of our own charts, right and wrong, and what is no render; with options in turn. */
export async function inputs(): Promise<Input[]> {
  const helm = await helmBinary('4.2.3');
  const all = fixtures().filter((folder) => !folder.includes('gitops'));
  const texts: { name: string; text: string }[] = [];
  for (let index = 0; index < all.length && texts.length < rendered; index += Math.floor(all.length / rendered / 1.2)) {
    const folder = all[index]!;
    const render = renderFolder(
      resolve(folder),
      helm,
      { releaseName: 'release-name', valuesFiles: [], set: [], apiVersions: [] },
      false,
      {
        env: process.env,
      },
    );
    // Some charts are there because Helm refuses them.
    const text = await render.catch((error: unknown) => {
      if (!(error instanceof HelmError)) throw error;
    });
    if (text?.trim()) texts.push({ name: folder, text });
  }
  texts.push(...Object.entries(pasted).map(([name, text]) => ({ name, text })));
  return texts.map(({ name, text }, index) => {
    const engine = engines[index % 3]!;
    const wait = index % 4 === 1;
    const preset = presets[index % 5] ?? 'recommended';
    const action = (['both', 'install', 'upgrade'] as const)[index % 7] ?? 'both';
    return {
      name,
      text,
      options: { engine, wait, preset, ...(action !== 'both' && { actions: [action] }) },
      args: ['--engine', engine, ...(wait ? ['--wait'] : []), '--preset', preset, '--action', action],
    };
  });
}
