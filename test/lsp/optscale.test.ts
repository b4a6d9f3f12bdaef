// The story of the purpose, over the wire: a deadlock is seen at its line, goes with an edit, and is fixed by an action.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Editor, uriOf, workspaceOf } from './editor.ts';

const { folder, remove } = workspaceOf('fixtures/optscale');
const helpers = join(folder, 'optscale/templates/_helpers.tpl');
const values = join(folder, 'optscale/values.yaml');
let editor: Editor;
const lineOf = (path: string, text: string) =>
  editor
    .text(path)
    .split('\n')
    .findIndex((line) => line.includes(text)) + 1;

beforeAll(async () => {
  editor = await Editor.start({ folders: [folder] });
});
afterAll(async () => {
  expect(await editor.stop()).toBe(0);
  remove();
});

it('shows the deadlock at the template line, with its chain', async () => {
  await editor.open(helpers);
  await editor.open(values);
  const found = await editor.settled(helpers);
  const line = lineOf(helpers, 'until nc -z {{ $host }}') - 1;
  const deadlock = found.find(({ code }) => code === 'hook-deadlock')!;
  expect(deadlock).toMatchObject({ severity: 1, source: 'migrate-lint', range: { start: { line } } });
  const elk = join(folder, 'optscale/templates/elk.yaml');
  expect(deadlock.relatedInformation!.map(({ location, message }) => [location.uri, message])).toEqual(
    expect.arrayContaining([
      [uriOf(helpers), expect.stringContaining('init container wait-elk of Job/auth-migrations waits for elk')],
      [uriOf(elk), expect.stringContaining('Service/elk is created with the release')],
      [uriOf(join(folder, 'optscale/templates/auth.yaml')), 'used here'],
    ]),
  );
  expect(deadlock.message).toContain('Job/auth-migrations waits for Service/elk');
  expect(deadlock.message).toContain('And 10 more: Job/diworker-migrations');
  expect(deadlock.codeDescription!.href).toMatch(/^file:.*hook-deadlock\.md$/);
});
it('says at a hook when it runs, and leads to what it waits for', async () => {
  const auth = join(folder, 'optscale/templates/auth.yaml');
  await editor.open(auth);
  expect((await editor.lenses(auth)).map(({ command }) => command!.title)).toEqual([
    'pre-install hook 1 of 11; waits for elk, etcd-client, mariadb (created in phase 2)',
    'pre-upgrade hook 1 of 11; waits for elk, etcd-client, mariadb',
  ]);
  const hook = lineOf(helpers, 'helm.sh/hook: pre-install');
  expect((await editor.hover(helpers, hook))!.contents).toMatchObject({
    value: expect.stringMatching(/Job\/diworker-migrations\*\*: pre-install hook 2 of 11, after auth-migrations;/),
  });
  expect(await editor.hover(helpers, hook + 20)).toBeNull();
  const elk = (await editor.links(helpers)).find(({ tooltip }) => tooltip!.startsWith('Service/elk,'))!;
  expect(elk.target).toBe(`${uriOf(join(folder, 'optscale/templates/elk.yaml'))}#L5`);
  expect(
    editor.text(helpers).split('\n')[elk.range.start.line]!.slice(elk.range.start.character, elk.range.end.character),
  ).toBe('elk');
  await editor.close(auth);
});

it('suppresses on the line, with a place for the reason, and opens the page of the rule', async () => {
  const line = lineOf(helpers, 'until nc -z {{ $host }}');
  const actions = await editor.actions(helpers, line);
  expect(actions.map(({ title }) => title)).toEqual([
    'Suppress hook-deadlock on this line',
    'Open the page of hook-deadlock',
  ]);
  const suppressed = editor.edited(helpers, await editor.resolve(actions[0]!));
  expect(suppressed.split('\n').slice(line - 2, line + 1)).toEqual([
    '  image: {{ .Values.wait.image }}',
    '  {{- /* migrate-lint-disable-next-line hook-deadlock -- TODO: say why this is not a fault here */}}',
    expect.stringContaining('until nc -z {{ $host }}'),
  ]);
  await editor.connection.sendRequest('workspace/executeCommand', actions[1]!.command);
  expect(readFileSync(new URL(editor.shownPages[0]!), 'utf8')).toContain('# hook-deadlock');
});

it('gives the plan of the chart as a page that is drawn without the network', async () => {
  const plan = await editor.connection.sendRequest<{ title: string; html: string }>('migrateLint/plan', {
    uri: uriOf(helpers),
  });
  expect(plan.title).toBe('optscale');
  expect(plan.html).toContain("default-src 'none'");
});

it('clears when the unsaved text has no deadlock, and nothing is written', async () => {
  await editor.change(values, (text) => text.replace('mode: hooks', 'mode: none'));
  expect((await editor.settled(helpers)).filter(({ code }) => code === 'hook-deadlock')).toEqual([]);
  expect(readFileSync(values, 'utf8')).toContain('mode: hooks');
});
