// The order between releases: what is reported, what suppresses it, and the advice for the case.
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { lint } from '../../src/lint.ts';
import type { LintOptions } from '../../src/options.ts';
import { withBaseline } from '../../src/with-baseline.ts';
import { repository, waitingJob } from './repository.ts';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const job = (annotations = '', above = '') =>
  waitingJob({ name: '{{ .Release.Name }}-migrate', host: 'search', port: 9200, annotations, above });
const charts = (template = job()) => ({
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'charts/shop/templates/migrate.yaml': template,
  'charts/search/Chart.yaml': 'apiVersion: v2\nname: search\nversion: 1.0.0\n',
  'charts/search/templates/service.yaml':
    'apiVersion: v1\nkind: Service\nmetadata: { name: search }\nspec: { ports: [{ port: 9200 }] }\n',
});
const helmRelease = (
  name: string,
  after: readonly string[],
  above = '',
) => `${above}apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: ${name}, namespace: prod }
spec:
  chart: { spec: { chart: ./charts/${name === 'shop' ? 'shop' : 'search'}, sourceRef: { kind: GitRepository, name: flux-system } } }
  dependsOn:
${after.map((one) => `    - name: ${one}\n`).join('')}`;
const flux = (above = '') => ({
  'shop.yaml': helmRelease('shop', ['base'], above),
  'base.yaml': helmRelease('base', []),
  'search.yaml': helmRelease('search', ['shop']),
});

async function found(files: Readonly<Record<string, string>>, options: Partial<LintOptions> = {}) {
  const folder = repository(files);
  folders.push(folder);
  const run = { paths: ['.'], cwd: folder, env: process.env, ...options };
  const result = await lint(run);
  const of = (list: typeof result.charts) => ({
    reported: list.flatMap(({ findings }) =>
      findings.filter(({ rule }) => rule === 'release-order').map(({ severity, help }) => `${severity}: ${help}`),
    ),
    suppressed: list.flatMap(({ suppressed }) =>
      suppressed
        .filter(({ finding }) => finding.rule === 'release-order')
        .map(({ by, at }) => `${by} ${at ? `${at.file}:${at.line}` : ''}`.trim()),
    ),
    unused: list.flatMap(({ findings }) => findings.filter(({ rule }) => rule === 'unused-directive')).length,
  });
  return { ...of(result.charts), errors: result.errors, result, run, of };
}

const advice =
  'prod/search must come before prod/shop: remove prod/shop from spec.dependsOn of prod/search (search.yaml:6), and write `- { name: search, namespace: prod }` in spec.dependsOn of prod/shop (shop.yaml:6).';

describe('a release that waits for a later one', () => {
  it.each<[string, Parameters<typeof found>, string]>([
    ['is an error', [{ ...charts(), ...flux() }], `error: ${advice}`],
    [
      'has the severity of the policy',
      [{ ...charts(), ...flux(), '.migrate-lint.yaml': 'rules: { release-order: warning }\n' }],
      `warning: ${advice}`,
    ],
    [
      'has the severity of the command line above that',
      [
        { ...charts(), ...flux(), '.migrate-lint.yaml': 'rules: { release-order: off }\n' },
        { severities: { 'release-order': 'info' } },
      ],
      `info: ${advice}`,
    ],
  ])('%s', async (_, input, expected) => {
    const { reported, suppressed } = await found(...input);
    expect({ reported, suppressed }).toEqual({ reported: [expected], suppressed: [] });
  });

  it.each<[string, Parameters<typeof found>, string]>([
    [
      'by the policy',
      [{ ...charts(), ...flux(), '.migrate-lint.yaml': 'rules: { release-order: off }\n' }],
      'policy .migrate-lint.yaml:1',
    ],
    [
      'by an entry of the policy',
      [
        {
          ...charts(),
          ...flux(),
          '.migrate-lint.yaml': 'ignore:\n  - { rules: [release-order], resources: [Job/shop-migrate] }\n',
        },
      ],
      'policy .migrate-lint.yaml:2',
    ],
    ['by an option', [{ ...charts(), ...flux() }, { ignoreRules: ['release-order'] }], 'option'],
    [
      'by a comment in the template',
      [{ ...charts(job('', '          # migrate-lint-disable-next-line release-order\n')), ...flux() }],
      'comment charts/shop/templates/migrate.yaml:14',
    ],
    [
      'by a comment above the release',
      [{ ...charts(), ...flux('# migrate-lint-disable release-order -- started by hand\n') }],
      'comment shop.yaml:1',
    ],
    [
      'by an annotation',
      [{ ...charts(job('    migrate-lint/ignore: release-order\n')), ...flux() }],
      'annotation charts/shop/templates/migrate.yaml:7',
    ],
  ])('is suppressed %s', async (_, input, by) => {
    const { reported, suppressed, unused, errors } = await found(...input);
    expect({ reported, suppressed, unused, errors }).toEqual({ reported: [], suppressed: [by], unused: 0, errors: [] });
  });

  it('is accepted by a baseline', async () => {
    const { result, run, of } = await found({ ...charts(), ...flux() });
    const request = { file: 'baseline.json' };
    await withBaseline(run, result, { ...request, update: true });
    const { reported, suppressed } = of((await withBaseline(run, result, request)).charts);
    expect({ reported, suppressed }).toEqual({ reported: [], suppressed: ['baseline baseline.json:6'] });
  });

  it('is not looked for with other rules only', async () => {
    const { reported, suppressed } = await found({ ...charts(), ...flux() }, { only: ['hook-deadlock'] });
    expect({ reported, suppressed }).toEqual({ reported: [], suppressed: [] });
  });

  it('gets advice in the words of helmfile', async () => {
    const { reported } = await found({
      ...charts(),
      'helmfile.yaml':
        'releases:\n- name: shop\n  namespace: prod\n  chart: ./charts/shop\n- name: search\n  namespace: prod\n  chart: ./charts/search\n  needs: [prod/shop]\n',
    });
    expect(reported).toEqual([
      'error: prod/search must come before prod/shop: remove prod/shop from needs of prod/search (helmfile.yaml:8), and write `- prod/search` in needs of prod/shop (helmfile.yaml:2).',
    ]);
  });

  it('gets advice in the words of Argo CD', async () => {
    const application = (name: string, path: string, wave: string) =>
      `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: ${name}\n  annotations: { argocd.argoproj.io/sync-wave: "${wave}" }\nspec:\n  destination: { namespace: prod }\n  source: { repoURL: "https://git.example/acme/gitops.git", path: ${path} }\n`;
    const { reported } = await found({
      ...charts(),
      'root.yaml': application('root', 'apps', '0'),
      'apps/shop.yaml': application('shop', 'charts/shop', '2'),
      'apps/search.yaml': application('search', 'charts/search', '3'),
    });
    expect(reported).toEqual([
      'warning: search must come before shop: write argocd.argoproj.io/sync-wave: "1" in the annotations of search (apps/search.yaml:2).',
    ]);
  });
});

it('a cycle is broken where nothing waits', async () => {
  const { reported } = await found({
    ...charts(),
    'shop.yaml': helmRelease('shop', ['search']),
    'search.yaml': helmRelease('search', ['base']),
    'base.yaml': helmRelease('base', ['shop']),
    'own.yaml': helmRelease('own', ['own']),
  });
  expect(reported.sort()).toEqual([
    'error: Remove prod/base from spec.dependsOn of prod/search (search.yaml:6): nothing in its chart waits for prod/base.',
    'error: Remove prod/own from spec.dependsOn of prod/own (own.yaml:6).',
  ]);
});

it('a comment at the line of a HelmRelease suppresses what is wrong with it alone', async () => {
  const release = (comment: string) => `${helmRelease('search', [])}  values:\n${comment}    unread: 1\n`;
  const rules = async (comment: string) =>
    (await found({ ...charts(), 'search.yaml': release(comment) })).result.charts.flatMap(({ findings }) =>
      findings.map(({ rule }) => rule),
    );
  expect(await rules('')).toEqual(['unread-value']);
  expect(await rules('    # migrate-lint-disable-next-line unread-value\n')).toEqual([]);
});
