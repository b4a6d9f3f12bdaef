// Rendered manifests, and what the rules report of them. `npm run docs` writes the files that are compared: read their
// changes.
//
// A case begins with `=== what it shows {"only": rules, …}`. `=== last` in it begins the manifests of the last revision,
// and `=== file PATH` a file of the chart.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Policy } from '../src/config/index.ts';
import { judge, type JudgeInput } from '../src/judge.ts';
import { splitManifests, type Path } from '../src/parse/index.ts';

type Options = Partial<
  Pick<
    JudgeInput,
    'only' | 'engine' | 'wait' | 'helmMajor' | 'actions' | 'severities' | 'ruleOptions' | 'droppedHooks'
  > &
    Pick<JudgeInput, 'releaseName' | 'namespace'>
> & { policy?: Partial<Policy> };

const noPolicy: Policy = {
  file: '.migrate-lint.yaml',
  files: [],
  rules: {},
  services: [],
  commands: [],
  external: [],
  scenarios: [],
  ignore: [],
  own: [],
  overrides: [],
};

const folder = 'test/manifests';

/** Places by their paths. */
const shown = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'resource' in value && 'path' in value
    ? (value.path as Path).join('.')
    : value;

function reported(text: string, { policy: written, ...options }: Options): string[] {
  const [now = '', ...sections] = text.split(/^=== /m);
  const manifests = splitManifests(now, 'stdin');
  const [last] = sections.flatMap((one) => (one.startsWith('last\n') ? [splitManifests(one.slice(5), 'stdin')] : []));
  const from = last && { label: 'v1', install: last, upgrade: last };
  const files = sections.flatMap((one) => {
    const [, path, content = ''] = /^file (.*)\n([\s\S]*)$/.exec(one) ?? [];
    return path === undefined ? [] : [{ path, file: path, text: content }];
  });
  const ofChart = files.length > 0 && { sources: files, crds: files.filter(({ path }) => path.includes('/crds/')) };
  const policy = written && { ...noPolicy, ...written };
  const judged = judge({ install: manifests, upgrade: manifests, preset: 'all', ...options, ...ofChart, policy, from });
  expect(judged.failures).toEqual([]);
  const reports = judged.reports.flatMap(({ rule, severity, resource, actions, message, because, help, at, fix }) => [
    `  ${severity} ${rule} ${resource.kind}/${resource.name}${actions.length === 1 ? ` at ${actions[0]}` : ''}`,
    `    ${message}`,
    `    at ${at.path.join('.')}${at.row === undefined ? '' : ` row ${at.row}`}`,
    ...because.map((one) => `    < ${one.message}: ${one.at.path.join('.')}`),
    `    help: ${help}`,
    ...(fix === undefined ? [] : [`    fix: ${JSON.stringify(fix, shown)}`]),
  ]);
  return [
    ...reports,
    ...judged.unjudged.map(({ message }) => `  not judged: ${message}`),
    ...judged.notes.map((note) => `  note: ${note}`),
  ];
}

it.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))('%s', async (name) => {
  const [, ...cases] = readFileSync(`${folder}/${name}`, 'utf8').split(/^=== (?!last$|file )/m);
  const text = cases.flatMap((one) => {
    const [, title = '', options] = /^(.*?)(?: (\{"only".*\}))?$/m.exec(one)!;
    const lines = reported(one.slice(one.indexOf('\n') + 1), options ? (JSON.parse(options) as Options) : {});
    return [title, ...(lines.length > 0 ? lines : ['  nothing']), ''];
  });
  await expect(text.join('\n')).toMatchFileSnapshot(`manifests/${name.replace(/yaml$/, 'txt')}`);
});
