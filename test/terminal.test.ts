// What people read, through the built program: code frames, lines that are broken, the order of findings, places that
// are elsewhere.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from 'sarif';
import { expect, it } from 'vitest';
import { explain } from '../src/cli/catalogue.ts';
import { wrap } from '../src/report/wrap.ts';
import { rules } from '../rules/index.ts';
import { run } from './chart/cli.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';

const job = migrationJob();
const only = ['--rule', 'backoff-limit'];

it('has a caret under the column of a line that is certain', () => {
  const { stdout } = run(['.', ...only], { cwd: scratchChart({ 'templates/job.yaml': job }) });
  expect(stdout).toContain(
    ['          6 │     helm.sh/hook: pre-install,pre-upgrade', '    >     7 │ spec:', '            │ ^', ''].join(
      '\n',
    ),
  );
  const retries = scratchChart({ 'templates/job.yaml': job.replace('spec:\n', 'spec:\n  backoffLimit: 50 # many\n') });
  expect(run(['.', ...only], { cwd: retries }).stdout).toMatch(
    /^ {4}> {5}8 │ {3}backoffLimit: 50 # many\n {12}│ {17}\^$/m,
  );
  // The column counts characters of the file; the frame shows other ones.
  const odd = scratchChart({
    'templates/job.yaml': job.replace('spec:\n', 'spec:\n  {{/*\t\u0007 */}}backoffLimit: 50\n'),
  });
  const [row, caret] = /> +\d+ │ (.*)\n +│ ( *)\^/.exec(run(['.', ...only], { cwd: odd }).stdout)!.slice(1);
  expect(row!.slice(caret!.length)).toMatch(/^50/);
});

it('breaks no heading and no code', () => {
  for (const { id } of rules)
    for (const line of explain(id, 80)!.split('\n'))
      expect([id, line.match(/`/g)?.length ?? 0, line]).toEqual([
        id,
        expect.toSatisfy((n: number) => n % 2 === 0),
        line,
      ]);
  expect(explain('hook-deadlock', 10)).toMatch(/^# hook-deadlock\n\n/);
  expect(wrap('write `helm.sh/hook: pre-install` there', 30, '', '')).toEqual([
    'write',
    '`helm.sh/hook: pre-install`',
    'there',
  ]);
  expect(wrap('`longer than the line is`', 12, '', '')).toEqual(['`longer than', 'the line is`']);
});

it('sorts the findings of a chart by line, whatever scenario shows them', () => {
  const one = (name: string, value: string) =>
    `{{ if .Values.${value} }}\n---\n${job.replace('-migrate', `-${name}-migrate`)}{{ end }}\n`;
  const chart = scratchChart({
    'templates/jobs.yaml': one('first', 'b') + one('second', 'a') + one('third', 'b'),
    'ci/a-values.yaml': 'a: true\n',
    'ci/b-values.yaml': 'b: true\n',
  });
  const { stdout } = run(['.', ...only], { cwd: chart });
  const lines = [...stdout.matchAll(/^ {2}templates\/jobs\.yaml:(\d+)/gm)].map(([, line]) => Number(line));
  expect(lines).toHaveLength(3);
  expect(lines).toEqual([...lines].sort((a, b) => a - b));
});

it('names the scenario without a finding, not the ten with it', () => {
  const names = 'abcdefghij'.split('');
  const chart = scratchChart({
    'templates/job.yaml': `{{ if not .Values.none }}${job}{{ end }}`,
    ...Object.fromEntries(names.map((name) => [`ci/${name}-values.yaml`, `${name}: 1\n`])),
    'ci/x-values.yaml': 'none: true\n',
  });
  expect(run(['.', ...only], { cwd: chart }).stdout).toContain(
    'error  backoff-limit (in 11 of 12 scenarios, not ci/x-values.yaml)',
  );
});

it('gives the address of a file that is there for what is in the last revision or in an archive (sarif)', () => {
  const chart = scratchChart({ 'templates/job.yaml': job.replace(/ {2}annotations:\n.*\n/, '') });
  const git = (...args: string[]) =>
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: chart });
  for (const args of [
    ['init', '-q'],
    ['add', '-A'],
    ['commit', '-qm', 'one'],
  ])
    git(...args);
  writeFileSync(join(chart, 'templates/job.yaml'), job);
  const { stdout } = run(['.', '--from', 'HEAD', '--format', 'sarif'], { cwd: chart });
  const places = (JSON.parse(stdout) as Log).runs[0]!.results!.flatMap(({ locations = [], relatedLocations = [] }) => [
    ...locations,
    ...relatedLocations,
  ]);
  const uris = places.map(({ physicalLocation }) => physicalLocation!.artifactLocation!.uri!);
  expect([...new Set(uris)]).toEqual(['templates/job.yaml']);
  const old = places.filter(({ message }) => message?.text?.includes('(HEAD:templates/job.yaml)'));
  expect(old.length).toBeGreaterThan(0);
  expect(old.map(({ physicalLocation }) => physicalLocation!.region)).toEqual(old.map(() => undefined));
});

it('shows the fix of a finding without a chain too (markdown)', () => {
  const chart = scratchChart({ 'templates/job.yaml': job });
  const { stdout } = run(['.', ...only, '--format', 'markdown'], { cwd: chart });
  expect(stdout).toContain('<details><summary><code>backoff-limit</code>');
  expect(stdout).toMatch(/Write \\`backoffLimit: 1\\` in the spec/);
  expect(stdout).not.toContain('mermaid');
});
