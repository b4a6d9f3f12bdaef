// Rendered manifests, and what the rules report of them. `npm run docs` writes the files that are compared: read their
// changes.
//
// A case begins with `=== what it shows {"only": rules, …}`; `=== last` in it begins the manifests of the last revision.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { judge, type JudgeInput } from '../src/judge.ts';
import { splitManifests, type Path } from '../src/parse/index.ts';

type Options = Partial<Pick<JudgeInput, 'only' | 'engine' | 'wait' | 'helmMajor' | 'actions' | 'severities'>>;

const folder = 'test/manifests';

/** Places by their paths. */
const shown = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'resource' in value && 'path' in value
    ? (value.path as Path).join('.')
    : value;

function reported(text: string, options: Options): string[] {
  const [now = '', last] = text.split('=== last\n').map((stream) => splitManifests(stream, 'stdin'));
  const from = last && { label: 'v1', install: last, upgrade: last };
  const manifests = now as JudgeInput['install'];
  const judged = judge({ install: manifests, upgrade: manifests, preset: 'all', ...options, from });
  expect(judged.failures).toEqual([]);
  return judged.reports.flatMap(({ rule, severity, resource, actions, message, because, help, at, fix }) => [
    `  ${severity} ${rule} ${resource.kind}/${resource.name}${actions.length === 1 ? ` at ${actions[0]}` : ''}`,
    `    ${message}`,
    `    at ${at.path.join('.')}${at.row === undefined ? '' : ` row ${at.row}`}`,
    ...because.map((one) => `    < ${one.message}: ${one.at.path.join('.')}`),
    `    help: ${help}`,
    ...(fix === undefined ? [] : [`    fix: ${JSON.stringify(fix, shown)}`]),
  ]);
}

it.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))('%s', async (name) => {
  const [, ...cases] = readFileSync(`${folder}/${name}`, 'utf8').split(/^=== (?!last$)/m);
  const text = cases.flatMap((one) => {
    const [, title = '', options] = /^(.*?)(?: (\{"only".*\}))?$/m.exec(one)!;
    const lines = reported(one.slice(one.indexOf('\n') + 1), options ? (JSON.parse(options) as Options) : {});
    return [title, ...(lines.length > 0 ? lines : ['  nothing']), ''];
  });
  await expect(text.join('\n')).toMatchFileSnapshot(`manifests/${name.replace(/yaml$/, 'txt')}`);
});
