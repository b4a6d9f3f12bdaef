import { describe, expect, it } from 'vitest';
import { inert, safe } from '../../src/report/safe.ts';
import { migrationJob } from '../chart/scratch.ts';
import { chartFiles, Runner } from './attack.ts';

/**
 * What GitHub's runner takes for a command in a line (`ActionCommand.cs`): `::x::` at its head behind blanks, `##[x]`
 * anywhere; and Azure's.
 */
const commands = (text: string) =>
  text.split(/\r\n|\r|\n/).filter((line) => /^[\s\u0085]*::|##\[|##vso\[|##teamcity\[/.test(line));
/** Those that are ours. */
const own = /^::(error|warning|notice) (file|title)=[^:]*::[^\n]*$/;

const ci = { GITHUB_ACTIONS: 'true', CI: 'true' };
const evil = '::add-mask::a ##[stop-commands]x ##vso[task.setvariable variable=x]y';
/** Words that wrap anywhere, so that some line begins with the command. */
const long = `${'word '.repeat(14)}${'::add-mask::secret '.repeat(40)}`;
const job = (name: string, command = '[alembic, upgrade, head]') =>
  migrationJob()
    .replace('{{ .Release.Name }}-migrate', JSON.stringify(name))
    .replace('[alembic, upgrade, head]', command);

describe('gives the CI server no command out of a chart', () => {
  const formats = ['stylish', 'json', 'sarif', 'gitlab', 'junit', 'checkstyle', 'markdown', 'github'];
  it.each(formats)('as %s', async (format) => {
    const runner = new Runner(
      chartFiles({
        'templates/job.yaml': `# ${evil}\n${job(`x\n${evil}\n${long}`)}  # ::add-mask::z\n`,
        'templates/##[group]x.yaml': job(long),
      }),
    );
    const { code, stdout, stderr } = await runner.lint(['shop', '--format', format, '--show-rendered'], ci);
    expect(code).toBe(1);
    expect(commands(stdout).filter((line) => !own.test(line) || /##\w*\[/.test(line))).toEqual([]);
    expect(commands(stderr)).toEqual([]);
    if (format === 'json' || format === 'sarif') expect(JSON.stringify(JSON.parse(stdout))).toContain('##vso[');
  });

  it("nor Helm's own text under --verbose", async () => {
    const runner = new Runner(chartFiles({ 'templates/x.yaml': `{{ fail "a\\n${evil}\\n   ::add-mask::b" }}` }));
    const { code, stdout, stderr } = await runner.lint(['shop', '--verbose'], ci);
    expect(code).not.toBe(0);
    expect(stderr).toContain('add-mask');
    expect([...commands(stdout).filter((line) => !own.test(line)), ...commands(stderr)]).toEqual([]);
  });

  it('nor the name of a file', async () => {
    const runner = new Runner(chartFiles({}, '\n::add-mask::x'));
    for (const args of [['--x\n::add-mask::y'], ['\n::add-mask::x/none'], ['--files', '--helm\n::add-mask::x']]) {
      const { stdout, stderr } = await runner.lint(args, ci);
      expect([...commands(stdout).filter((line) => !own.test(line)), ...commands(stderr)]).toEqual([]);
    }
  });

  it('nor the patch of --fix-dry-run', async () => {
    const text = migrationJob().replace('spec:\n', 'spec:\n{{/* \u001b[2J\n  ::add-mask::x */}}\n');
    const runner = new Runner(chartFiles({ 'templates/job.yaml': text }));
    const { stdout, stderr } = await runner.lint(['shop', '--fix-dry-run', '--preset', 'all'], ci);
    expect(stdout).toMatch(/^[-+]/m);
    expect(commands(stdout + stderr).filter((line) => !own.test(line))).toEqual([]);
    expect(stdout).not.toContain('\u001b');
  });

  it('whatever it is written as', () => {
    const heads = ['', ' ', '\t', '\u00a0', '\u0085', '\u3000', '\u2003'];
    for (const head of heads)
      for (const end of ['\n', '\r', '\r\n']) expect(commands(inert(`a${end}${head}::add-mask::b`))).toEqual([]);
  });
});

describe('keeps a report within its bounds', () => {
  const runner = () =>
    new Runner(
      chartFiles(
        Object.fromEntries(
          [...Array(60).keys()].map((at) => [`templates/j${at}.yaml`, job(`j${at}-${'[x](y)\\'.repeat(300)}`)]),
        ),
      ),
    );
  const texts = (value: unknown): string[] =>
    typeof value === 'string'
      ? [value]
      : value !== null && typeof value === 'object'
        ? Object.values(value).flatMap(texts)
        : [];

  it('no message of SARIF and JSON is longer than 1,000 characters', async () => {
    const here = runner();
    const { runs } = JSON.parse((await here.lint(['shop', '--format', 'sarif'])).stdout) as {
      runs: { results: { message: { text: string } }[] }[];
    };
    const messages = runs[0]!.results.map(({ message }) => message.text);
    expect(messages.length).toBeGreaterThanOrEqual(60);
    for (const text of messages) {
      expect(text.length).toBeLessThanOrEqual(1000);
      // What is left without escapes holds no bracket: there is no link.
      expect(text.replace(/\\[\\[\]]/g, '')).not.toMatch(/[[\]]|\\$/);
    }
    const { charts } = JSON.parse((await here.lint(['shop', '--format', 'json'])).stdout) as { charts: unknown };
    expect(Math.max(...texts(charts).map(({ length }) => length))).toBeLessThanOrEqual(1000);
  });

  it('Markdown is at most 60,000 characters long, and counts what is left out', async () => {
    const { stdout } = await runner().lint(['shop', '--format', 'markdown']);
    expect(stdout.length).toBeLessThanOrEqual(60_000);
    const left = /(?:and (\d+) more|(\d+) findings? not shown: this text is full\.)\n/.exec(stdout);
    const total = [.../(\d+) errors?, (\d+) warnings?, (\d+) info/.exec(stdout)!]
      .slice(1)
      .reduce((sum, n) => sum + Number(n), 0);
    const rows = stdout.match(/^\| (?:🛑|⚠️|ℹ️) \|/gm)?.length ?? 0;
    expect([rows < total, rows + Number(left?.[1] ?? left?.[2])]).toEqual([true, total]);
  });
});

describe('shows no character that hides or turns text', () => {
  it.each([
    '\u061c',
    '\u200b',
    '\u200d',
    '\u2060',
    '\ufeff',
    '\u202e',
    '\u2066',
    '\u00ad',
    '\u3164',
    '\u{e0041}',
    '\u2028',
  ])('such as %j', async (char) => {
    expect(safe(`a${char}b`)).toMatch(/^a(?:\\u[0-9a-f]{4})+b$/);
    const runner = new Runner(chartFiles({ 'templates/job.yaml': job(`a${char}b`) }));
    for (const format of ['stylish', 'json', 'junit', 'github'])
      expect((await runner.lint(['shop', '--format', format])).stdout).not.toContain(char);
  });
});

it('names no attachment in JUnit, which a server would upload', async () => {
  const runner = new Runner(chartFiles({ 'templates/job.yaml': job('x [[ATTACHMENT|/etc/passwd]] y') }));
  const { stdout } = await runner.lint(['shop', '--format', 'junit']);
  expect(stdout).toContain('ATTACHMENT');
  expect(stdout.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))).not.toMatch(/\[\[\s*ATTACHMENT/i);
});
