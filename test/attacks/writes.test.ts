import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { migrationJob } from '../chart/scratch.ts';
import { chartFiles, Runner } from './attack.ts';

const job = { 'templates/job.yaml': migrationJob() };
const old = 'what was there\n';

/** A runner with a file outside of the checkout. */
function withVictim(files: Readonly<Record<string, string>> = {}): {
  runner: Runner;
  victim: string;
  text: () => string;
} {
  const runner = new Runner({ ...chartFiles(job), ...files });
  const victim = join(runner.outside, 'victim');
  writeFileSync(victim, old);
  return { runner, victim, text: () => readFileSync(victim, 'utf8') };
}

const outputs: [what: string, file: string, args: string[]][] = [
  ['--output-file', 'report.json', ['shop', '--format', 'json', '-o', 'report.json']],
  ['--update-baseline', 'report.json', ['shop', '--baseline', 'report.json', '--update-baseline']],
];

describe('writes nothing outside of the repository', () => {
  it.each(outputs)('%s, through links with the names of temporary files', async (_, file, args) => {
    const { runner, victim, text } = withVictim();
    // A checkout may hold one for each process id there is; these are the next ones.
    for (let pid = process.pid; pid < process.pid + 3000; pid += 1) runner.link(`${file}.${pid}.tmp`, victim);
    await runner.lint(args);
    expect(text()).toBe(old);
    expect(lstatSync(join(runner.checkout, file)).isFile()).toBe(true);
  });

  it.each(outputs)('%s, through a link', async (_, file, args) => {
    const { runner, victim, text } = withVictim();
    runner.link(file, victim);
    const { code, stderr } = await runner.lint(args);
    expect([text(), code]).toEqual([old, 2]);
    // A baseline is read before it is written.
    expect(stderr).toMatch(
      /report\.json(?: is a link that leaves the repository, to .*victim; nothing was written|: not read: it leads out of the repository)/,
    );
    expect(lstatSync(join(runner.checkout, file)).isSymbolicLink()).toBe(true);
  });

  it('a report, through a folder that is a link', async () => {
    const { runner } = withVictim();
    runner.link('out', runner.outside);
    const { code, stderr } = await runner.lint(['shop', '--format', 'json', '-o', 'out/marker']);
    expect([runner.succeeded, code]).toEqual([false, 2]);
    expect(stderr).toMatch(/out\/marker is a link that leaves the repository/);
  });

  it('a report, through a folder that is a link to another repository', async () => {
    const { runner } = withVictim();
    mkdirSync(join(runner.outside, '.git'));
    runner.link('out', runner.outside);
    expect((await runner.lint(['shop', '--format', 'json', '-o', 'out/marker'])).code).toBe(2);
    expect(runner.succeeded).toBe(false);
  });

  it('a report, through a link into .git, whose hooks are programs', async () => {
    const { runner } = withVictim();
    mkdirSync(join(runner.checkout, '.git/hooks'));
    runner.link('out', '.git/hooks');
    const { code, stderr } = await runner.lint(['shop', '--format', 'json', '-o', 'out/post-checkout']);
    expect([existsSync(join(runner.checkout, '.git/hooks/post-checkout')), code]).toEqual([false, 2]);
    expect(stderr).toMatch(/leads into \.git/);
  });

  it('init, through a link to a file that is not there yet', async () => {
    const { runner } = withVictim();
    runner.link('.migrate-lint.yaml', runner.marker);
    expect((await runner.lint(['init', 'shop'])).code).toBe(2);
    expect(runner.succeeded).toBe(false);
  });

  it('--fix, through a template that is a link', async () => {
    const { runner, victim } = withVictim();
    writeFileSync(victim, job['templates/job.yaml']);
    runner.link('shop/templates/other.yaml', victim);
    await runner.lint(['shop', '--fix', '--preset', 'all']);
    expect(readFileSync(victim, 'utf8')).toBe(job['templates/job.yaml']);
  });
});

describe('still writes', () => {
  it('through a link that stays inside, outside by name, and leaves no temporary file', async () => {
    const { runner } = withVictim({ 'reports/real.json': '' });
    runner.link('report.json', 'reports/real.json');
    const args = ['shop', '--format', 'json', '-o'];
    expect((await runner.lint([...args, 'report.json'])).code).toBe(1);
    expect(readFileSync(join(runner.checkout, 'reports/real.json'), 'utf8')).toMatch(/^\{/);
    expect((await runner.lint([...args, join(runner.outside, 'named.json')])).code).toBe(1);
    expect(readFileSync(join(runner.outside, 'named.json'), 'utf8')).toMatch(/^\{/);
    symlinkSync('named.json', join(runner.outside, 'link.json'));
    expect((await runner.lint([...args, join(runner.outside, 'link.json')])).code).toBe(1);
    expect(
      [...readdirSync(runner.checkout), ...readdirSync(runner.outside)].filter((name) => /tmp/.test(name)),
    ).toEqual([]);
  });

  it('to a pipe, which stays one', async () => {
    // Never a real device: a build with the fault would replace it on the machine that runs the tests.
    const { runner } = withVictim();
    const pipe = join(runner.outside, 'pipe');
    await runner.start('mkfifo', [pipe]);
    const reader = runner.start('timeout', ['20', 'cat', pipe]);
    expect((await runner.lint(['shop', '--format', 'json', '-o', pipe])).code).toBe(1);
    expect((await reader).stdout).toMatch(/^\{/);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });
});
