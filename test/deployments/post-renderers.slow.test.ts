// Post renderers of HelmReleases, applied by the real kustomize, which Go builds from its module.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { lint } from '../../src/lint.ts';
import { repository, waitingJob } from './repository.ts';

let folder: string | undefined;
beforeAll(() => {
  const made = join(homedir(), '.cache/migrate-lint/go/sigs.k8s.io-kustomize-kustomize-v5-v5.7.1');
  try {
    if (!existsSync(join(made, 'kustomize'))) {
      mkdirSync(made, { recursive: true });
      execFileSync('go', ['install', 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1'], {
        env: { ...process.env, GOBIN: made },
        stdio: 'ignore',
      });
    }
    folder = made;
  } catch {
    folder = undefined;
  }
}, 600_000);

const shop = {
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'charts/shop/templates/migrate.yaml': waitingJob(),
  'charts/shop/templates/db.yaml': `apiVersion: v1
kind: Service
metadata: { name: db }
spec: { selector: { app: db }, ports: [{ port: 5432 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: db }
spec:
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: db, image: "db:1" }] }
`,
};
const release = (renderers: object[], rest: object = {}) =>
  `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: shop, namespace: prod }
spec: ${JSON.stringify({
    chart: { spec: { chart: './charts/shop', sourceRef: { kind: 'GitRepository', name: 'flux-system' } } },
    postRenderers: renderers.map((kustomize) => ({ kustomize })),
    ...rest,
  })}
`;
const postHook = {
  target: { kind: 'Job', name: 'migrate' },
  patch: '[{ "op": "replace", "path": "/metadata/annotations/helm.sh~1hook", "value": "post-install" }]',
};
const noMigration = { patch: '$patch: delete\napiVersion: batch/v1\nkind: Job\nmetadata: { name: migrate }\n' };
const newHook = {
  target: { kind: 'Deployment' },
  patch:
    '[{ "op": "add", "path": "/metadata/annotations", "value": { "helm.sh/hook": "pre-install", "helm.sh/hook-weight": "-5" } }]',
};

async function outcome(renderers: object[], rest: object = {}, more: Record<string, string> = {}) {
  const root = repository({ ...shop, ...more, 'a.yaml': release(renderers, rest) });
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const PATH = [folder, process.env['PATH']].join(delimiter);
  const { charts, errors } = await lint({ paths: ['.'], cwd: root, env: { ...process.env, PATH } });
  expect(errors).toEqual([]);
  return {
    found: charts.flatMap(({ findings }) =>
      findings
        .filter(({ rule }) => ['hook-deadlock', 'api-refused'].includes(rule))
        .map(({ rule, location: { file, line } }) => `${rule} ${file}:${line}`),
    ),
    notes: charts.flatMap(({ notes }) => notes.filter((note) => note.includes('post renderer'))),
  };
}

describe('kustomize 5.7.1', () => {
  const asWritten = ['hook-deadlock charts/shop/templates/migrate.yaml:14'];
  it.each<[string, Parameters<typeof outcome>, string[]]>([
    ['leaves what no patch is for, at its own line', [[{ images: [{ name: 'other', newTag: '2' }] }]], asWritten],
    ['an image is replaced, and the line is found', [[{ images: [{ name: 'migrate', newTag: '2' }] }]], asWritten],
    ['a hook comes after the resources', [[{ patches: [postHook] }]], []],
    ['a hook is removed', [[{ patches: [noMigration] }]], []],
    [
      'in the older fields',
      [[{ patchesJson6902: [{ ...postHook, patch: JSON.parse(postHook.patch) as object }] }]],
      [],
    ],
    ['one after the other', [[{ patches: [noMigration] }, { patches: [newHook] }]], []],
    [
      'hooks stay as they are with nohooks',
      [[{ images: [{ name: 'migrate', newTag: '2' }] }], { postRenderStrategy: 'nohooks' }],
      asWritten,
    ],
    [
      'hooks by themselves with separate',
      [[{ patches: [{ ...postHook, target: { kind: 'Job' } }] }], { postRenderStrategy: 'separate' }],
      [],
    ],
  ])('%s', async (_, input, expected) => {
    if (folder === undefined) return console.warn('skipped: kustomize cannot be built here');
    expect(await outcome(...input)).toEqual({ found: expected, notes: [] });
  });

  it('says what may differ where it refuses a patch, and the rest is judged', async () => {
    if (folder === undefined) return console.warn('skipped: kustomize cannot be built here');
    const { found, notes } = await outcome([
      { patches: [{ ...postHook, patch: '[{ "op": "remove", "path": "/spec/none" }]' }] },
    ]);
    expect(found).toEqual(asWritten);
    expect(notes).toEqual([
      expect.stringMatching(
        /^prod\/shop: not applied: its post renderer \(.*; findings about Job\/migrate may differ\)$/,
      ),
    ]);
  });

  it('reads nothing of a patch that names a file, and nothing of another host', async () => {
    if (folder === undefined) return console.warn('skipped: kustomize cannot be built here');
    const { notes } = await outcome([{ patches: [{ patch: '../../a.yaml' }] }]);
    expect(notes).toHaveLength(1);
  });
});
