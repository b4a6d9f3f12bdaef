// Rendered manifests, and what the rules report of them.
//
// A case begins with `=== what it shows {"only": rules, …}`. `=== last` in it begins the manifests of the last revision,
// and `=== file PATH` a file of the chart.
import { readdirSync, readFileSync } from 'node:fs';
import { emptyPolicy, type Policy } from '../../src/config/policy.ts';
import { judge, type JudgeInput, type Judgement } from '../../src/judge.ts';
import { splitManifests, type Place } from '../../src/parse/index.ts';
import type { Case } from './case.ts';

export type Options = Partial<
  Pick<
    JudgeInput,
    'only' | 'engine' | 'wait' | 'helmMajor' | 'actions' | 'severities' | 'ruleOptions' | 'droppedHooks'
  > &
    Pick<JudgeInput, 'releaseName' | 'namespace'>
> & { policy?: Partial<Policy> };

const folder = 'test/manifests';

export const isPlace = (value: unknown): value is Place =>
  typeof value === 'object' && value !== null && 'resource' in value && 'path' in value;

/** Places by their paths. */
const shown = (_: string, value: unknown): unknown => (isPlace(value) ? value.path.join('.') : value);

/** What is made of a case. */
export function judged(text: string, { policy: written, ...options }: Options): Judgement {
  const [now = '', ...sections] = text.split(/^=== /m);
  const manifests = splitManifests(now, 'stdin');
  const [last] = sections.flatMap((one) => (one.startsWith('last\n') ? [splitManifests(one.slice(5), 'stdin')] : []));
  const from = last && { label: 'v1', install: last, upgrade: last };
  const files = sections.flatMap((one) => {
    const [, path, content = ''] = /^file (.*)\n([\s\S]*)$/.exec(one) ?? [];
    return path === undefined ? [] : [{ path, file: path, text: content }];
  });
  const ofChart = files.length > 0 && { sources: files, crds: files.filter(({ path }) => path.includes('/crds/')) };
  const policy = written && { ...emptyPolicy('.migrate-lint.yaml'), ...written };
  return judge({ install: manifests, upgrade: manifests, preset: 'all', ...options, ...ofChart, policy, from });
}

function reported({ reports: found, unjudged, notes, failures }: Judgement): string[] {
  const reports = found.flatMap(({ rule, severity, resource, actions, message, because, help, at, fix }) => [
    `  ${severity} ${rule} ${resource.kind}/${resource.name}${actions.length === 1 ? ` at ${actions[0]}` : ''}`,
    `    ${message}`,
    `    at ${at.path.join('.')}${at.row === undefined ? '' : ` row ${at.row}`}`,
    ...because.map((one) => `    < ${one.message}: ${one.at.path.join('.')}`),
    `    help: ${help}`,
    ...(fix === undefined ? [] : [`    fix: ${JSON.stringify(fix, shown)}`]),
  ]);
  return [
    ...failures.map(({ rule }) => `  failed: ${rule}`),
    ...reports,
    ...unjudged.map(({ message }) => `  not judged: ${message}`),
    ...notes.map((note) => `  note: ${note}`),
  ];
}

/** The files of cases. */
export const manifestFiles = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** The cases of a file, as they are written. */
export function manifestCases(name: string): { title: string; text: string; options: Options }[] {
  const [, ...cases] = readFileSync(`${folder}/${name}`, 'utf8').split(/^=== (?!last$|file )/m);
  return cases.map((one) => {
    const [, title = '', options] = /^(.*?)(?: (\{"only".*\}))?$/m.exec(one)!;
    return { title, text: one.slice(one.indexOf('\n') + 1), options: options ? (JSON.parse(options) as Options) : {} };
  });
}

/** The cases of a file, and what is reported of them. */
export function manifests(name: string): Case[] {
  return manifestCases(name).map(({ title, text, options }) => ({
    title,
    lines: () => {
      const lines = reported(judged(text, options));
      return [...(lines.length > 0 ? lines : ['  nothing']), ''];
    },
  }));
}
