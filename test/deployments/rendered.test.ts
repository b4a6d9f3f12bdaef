// An app of apps as a chart: Applications that templates make.
import { rmSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { lint } from '../../src/lint.ts';
import type { LintOptions } from '../../src/options.ts';
import { repository } from './repository.ts';

const own = 'https://git.example/acme/gitops.git';
const apps = {
  'apps/Chart.yaml': 'apiVersion: v2\nname: apps\nversion: 1.0.0\n',
  'apps/values.yaml': 'env: test\n',
  'apps/templates/apps.yaml': `{{- range $index, $name := list "search" "shop" }}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {{ $name }}-{{ $.Values.env }}
  annotations: { argocd.argoproj.io/sync-wave: "{{ $index }}" }
spec:
  destination: { namespace: {{ $.Values.env }} }
  source:
    repoURL: ${own}
    path: charts/{{ $name }}
    helm: { values: "host: {{ $.Values.env }}-db" }
{{- end }}
`,
};
const charts = Object.fromEntries(
  ['search', 'shop'].flatMap((name) => [
    [`charts/${name}/Chart.yaml`, `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`],
    [
      `charts/${name}/templates/all.yaml`,
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }} }\ndata: { host: {{ .Values.host }} }\n',
    ],
  ]),
);
const root = (values: string, path = 'apps') => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: root-${values} }
spec:
  destination: { namespace: argocd }
  source: { repoURL: "${own}", path: ${path}, helm: { values: "env: ${values}" } }
`;

async function found(files: Readonly<Record<string, string>>, options: Partial<LintOptions> = {}) {
  const folder = repository(files);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const {
    charts: results,
    errors,
    deployments,
  } = await lint({ paths: ['.'], cwd: folder, env: process.env, ...options });
  return {
    errors: errors.map(({ message }) => message),
    deployed: Object.fromEntries(results.map(({ path, scenarios = [] }) => [path, [...scenarios].sort()])),
    found: deployments?.found.map(({ name, at, wave, after, namespace }) => [
      name,
      `${at.file}:${at.line}`,
      wave,
      after,
      namespace,
    ]),
    leftOut: deployments?.leftOut.map(({ what, reason }) => `${what}: ${reason}`),
  };
}

it('is rendered as the Applications that name it have it', async () => {
  const { errors, deployed, found: all, leftOut } = await found({ ...apps, ...charts, 'root.yaml': root('prod') });
  expect({ errors, leftOut }).toEqual({ errors: [], leftOut: [] });
  expect(deployed).toEqual({ apps: ['root-prod'], 'charts/search': ['search-prod'], 'charts/shop': ['shop-prod'] });
  expect(all).toEqual([
    ['root-prod', 'root.yaml:2', undefined, [], 'argocd'],
    ['search-prod', 'apps/templates/apps.yaml:4', 0, [], 'prod'],
    ['shop-prod', 'apps/templates/apps.yaml:4', 1, ['search-prod'], 'prod'],
  ]);
});

it('that nobody names is rendered with its default values', async () => {
  const { deployed, leftOut } = await found({ ...apps, ...charts });
  expect(deployed).toEqual({ apps: [], 'charts/search': ['search-test'], 'charts/shop': ['shop-test'] });
  expect(leftOut).toEqual([]);
});

it('that does not render costs nothing of the rest', async () => {
  const { deployed, leftOut } = await found({
    ...apps,
    ...charts,
    'apps/templates/fail.yaml': '{{ fail "no env" }}',
    'shop.yaml': root('x', 'charts/shop'),
  });
  expect(deployed).toMatchObject({ 'charts/shop': ['root-x'] });
  expect(leftOut).toEqual([expect.stringMatching(/^Applications of apps: their chart does not render: .*no env/)]);
});

it('that makes itself comes to an end', async () => {
  const { leftOut, errors } = await found({
    ...apps,
    ...charts,
    'apps/templates/apps.yaml': root('{{ .Values.env }}x', 'apps'),
  });
  expect(errors).toEqual([]);
  expect(leftOut).toEqual([expect.stringContaining('the charts that make them make each other')]);
});

it('is not rendered with --deployments none', async () => {
  const { deployed, found: all } = await found({ ...apps, ...charts }, { deployments: 'none' });
  expect([deployed, all]).toEqual([{ apps: [], 'charts/search': [], 'charts/shop': [] }, undefined]);
});
