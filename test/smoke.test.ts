// Every option on every fixture: no internal error, and an exit code that is one of ours. A part of the table here, all
// of it by `npm run smoke`.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../src/cli/main.ts';
import { program } from '../src/cli/program.ts';
import { helmBinary } from './helm/binaries.ts';

const results = mkdtempSync(join(tmpdir(), 'migrate-lint-smoke-'));

/** What each option is tried with, over the fixture `$CHART`; an option without an entry fails the test below. */
const table: Readonly<Record<string, readonly (readonly string[])[]>> = {
  '--values': [['-f', 'fixtures/rules/not-judged/good/ci/tls-values.yaml']],
  '--set': [['--set', 'a.b=c']],
  '--set-string': [['--set-string', 'a.b=1']],
  '--set-file': [['--set-file', 'a.b=LICENSE']],
  '--set-json': [['--set-json', 'a={"b":[1]}']],
  '--namespace': [['-n', 'shop']],
  '--release-name': [['--release-name', 'zz']],
  '--kube-version': [['--kube-version', '1.33']],
  '--api-versions': [['-a', 'monitoring.coreos.com/v1']],
  '--skip-schema-validation': [['--skip-schema-validation']],
  '--action': [
    ['--action', 'install'],
    ['--action', 'upgrade'],
  ],
  '--from': [['--from', '$CHART']],
  '--engine': [
    ['--engine', 'argocd'],
    ['--engine', 'flux'],
  ],
  '--wait': [['--wait']],
  '--atomic': [['--atomic']],
  '--rollback-on-failure': [['--rollback-on-failure']],
  '--config': [['--config', 'docs/../test/smoke.policy.yaml']],
  '--no-config': [['--no-config']],
  '--preset': [
    ['--preset', 'strict'],
    ['--preset', 'all'],
  ],
  '--rule': [['--rule', 'hook-deadlock', '--rule', 'not-judged']],
  '--scenario': [['--scenario', 'default']],
  '--no-scenarios': [['--no-scenarios']],
  '--deployments': [
    ['--deployments', 'none'],
    ['--deployments', 'auto'],
  ],
  '--dependencies': [
    ['--dependencies', 'all'],
    ['--dependencies', 'none'],
  ],
  '--pull': [['--pull']],
  '--plugins': [['--plugins']],
  '--no-plugins': [['--no-plugins']],
  '--explore': [['--explore', '--max-renders', '4']],
  '--explore-strength': [['--explore=3', '--max-renders', '4']],
  '--max-renders': [['--explore', '--max-renders', '0']],
  '--max-scenarios': [['--max-scenarios', '1']],
  '--time-limit': [['--time-limit', '60']],
  '--changed-since': [['--changed-since', 'HEAD']],
  '--files': [['--files']],
  '--ignore': [['--ignore', 'hook-deadlock']],
  '--severity': [['--severity', 'hook-deadlock=info']],
  '--fail-on': [['--fail-on', 'warning']],
  '--exit-zero': [['--exit-zero']],
  '--max-suppressed': [['--max-suppressed', '0']],
  '--no-inline-config': [['--no-inline-config']],
  '--statistics': [['--statistics']],
  '--policy-from': [['--policy-from', 'HEAD']],
  '--helm-version': [['--helm-version', 'any']],
  '--allow-empty': [['--allow-empty']],
  '--allow-network': [['--allow-network']],
  '--format': ['json', 'sarif', 'github', 'gitlab', 'junit', 'checkstyle', 'markdown'].map((format) => [
    '--format',
    format,
  ]),
  '--max-warnings': [['--max-warnings', '0']],
  '--quiet': [['--quiet']],
  '--show-rendered': [['--show-rendered']],
  '--report-unused-disable-directives': [['--report-unused-disable-directives']],
  '--verbose': [['--verbose']],
  '--timing': [['--timing']],
  '--color': [['--color']],
  '--no-color': [['--no-color']],
  '--fix-dry-run': [['--fix-dry-run']],
  '--add-disable': [['--add-disable', '--fix-dry-run']],
  '--reason': [['--add-disable', '--fix-dry-run', '--reason', 'known']],
  '--jobs': [['--jobs', '1']],
  '--shard': [['--shard', '1/2']],
  '--cache': [['--cache', '--cache-location', results]],
  '--cache-location': [['--cache', '--cache-location', results, '--explore', '--max-renders', '2']],
  '--list-charts': [['--list-charts']],
  '--list-files': [['--list-files']],
  '--list-scenarios': [['--list-scenarios']],
  '--print-config': [['--print-config']],
  '--stdin-filename': [['--stdin-filename', 'out.yaml']],
  '--helm': [['--helm', '$HELM']],
  '--offline': [['--offline']],
};
/** They write files, use the network, or are tried elsewhere with files of their own. */
const elsewhere = new Set([
  '--output-file',
  '--baseline',
  '--update-baseline',
  '--prune-baseline',
  '--baseline-from',
  '--fix',
  '--dependency-build',
  '--watch',
  '--version',
]);

const charts = [
  ...readdirSync('fixtures')
    .filter((name) => name !== 'rules' && name !== 'verdicts')
    .map((name) => join('fixtures', name)),
  ...readdirSync('fixtures/rules').flatMap((rule) =>
    readdirSync(join('fixtures/rules', rule))
      .filter((name) => !/\.(?:txt|patch)$/.test(name))
      .map((name) => join('fixtures/rules', rule, name)),
  ),
].sort();
const rows = Object.entries(table).flatMap(([option, cases]) => cases.map((args) => ({ option, args })));
const whole = process.env['SMOKE'] === 'all';

let helm: string;
const written: string[] = [];
beforeAll(async () => {
  helm = (await helmBinary('4.2.3')).path;
  vi.stubEnv('HELM_BIN', helm);
  vi.stubEnv('GITHUB_ACTIONS', '');
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => (written.push(String(text)), true));
});
afterAll(() => {
  rmSync(results, { recursive: true, force: true });
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Runs the command line in this process; gives its exit code and all that it wrote. */
async function cli(args: readonly string[], chart: string): Promise<{ code: number; text: string }> {
  written.length = 0;
  const code = await main([
    ...args.map((arg) => (arg === '$CHART' ? resolve(chart) : arg === '$HELM' ? helm : arg)),
    args.includes('--files') ? join(chart, 'Chart.yaml') : chart,
  ]);
  return { code, text: written.join('') };
}

it('has a row for each option', () => {
  const options = program(() => undefined).options.map(({ long }) => long!);
  expect(options.filter((option) => !elsewhere.has(option) && !Object.hasOwn(table, option))).toEqual([]);
  expect(Object.keys(table).filter((option) => !options.includes(option))).toEqual([]);
});

// Each option meets charts of different kinds, and each chart some option: the table wrapped around the charts.
const sample = rows.map((row, index) => ({ ...row, charts: [charts[(index * 7) % charts.length]!] }));
describe.each(whole ? rows.map((row) => ({ ...row, charts })) : sample)('$args', ({ option, args, charts: some }) => {
  it.each(some)('%s', async (chart) => {
    const { code, text } = await cli(args, chart);
    expect(text).not.toMatch(/internal error|\n {4}at .*:\d+:\d+|undefined|\[object Object\]/);
    // Nothing here is bad input: what is found decides.
    expect([option, code, text]).toEqual([option, expect.toSatisfy((n: number) => n === 0 || n === 1), text]);
  });
});
