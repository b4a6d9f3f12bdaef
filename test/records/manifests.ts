// Rendered manifests, and what the rules report of them.
//
// A case begins with `=== what it shows {"only": rules, …}`. `=== last` in it begins the manifests of the last revision,
// and `=== file PATH` a file of the chart.
import { readdirSync, readFileSync } from 'node:fs';
import type { Policy } from '../../src/config/index.ts';
import { judge, type JudgeInput } from '../../src/judge.ts';
import { splitManifests, type Path } from '../../src/parse/index.ts';
import type { Case } from './case.ts';

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
  const reports = judged.reports.flatMap(({ rule, severity, resource, actions, message, because, help, at, fix }) => [
    `  ${severity} ${rule} ${resource.kind}/${resource.name}${actions.length === 1 ? ` at ${actions[0]}` : ''}`,
    `    ${message}`,
    `    at ${at.path.join('.')}${at.row === undefined ? '' : ` row ${at.row}`}`,
    ...because.map((one) => `    < ${one.message}: ${one.at.path.join('.')}`),
    `    help: ${help}`,
    ...(fix === undefined ? [] : [`    fix: ${JSON.stringify(fix, shown)}`]),
  ]);
  return [
    ...judged.failures.map(({ rule }) => `  failed: ${rule}`),
    ...reports,
    ...judged.unjudged.map(({ message }) => `  not judged: ${message}`),
    ...judged.notes.map((note) => `  note: ${note}`),
  ];
}

/** The files of cases. */
export const manifestFiles = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** The cases of a file. */
export function manifests(name: string): Case[] {
  const [, ...cases] = readFileSync(`${folder}/${name}`, 'utf8').split(/^=== (?!last$|file )/m);
  return cases.map((one) => {
    const [, title = '', options] = /^(.*?)(?: (\{"only".*\}))?$/m.exec(one)!;
    const text = one.slice(one.indexOf('\n') + 1);
    const given = options ? (JSON.parse(options) as Options) : {};
    return {
      title,
      lines: () => {
        const lines = reported(text, given);
        return [...(lines.length > 0 ? lines : ['  nothing']), ''];
      },
    };
  });
}
