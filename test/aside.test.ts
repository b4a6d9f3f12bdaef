// Nothing is put aside without a trace: the built program, what each format says of suppressed findings, and the
// options about them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { explain, listRules } from '../src/cli/catalogue.ts';
import type { Finding } from '../src/finding.ts';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import type { ChartResult } from '../src/result.ts';
import { suppressedLine } from '../src/suppress/line.ts';
import { run } from './chart/cli.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';

const json = (args: string[], cwd: string) => JSON.parse(run([...args, '--format', 'json'], { cwd }).stdout);
/** The same without a process, for what the command line has no part in. */
const linted = async (cwd: string, options: Partial<LintOptions> = {}) => {
  const { path } = await helmBinary('4.2.3');
  const result = await lint({ paths: ['.'], cwd, env: { ...process.env, HELM_BIN: path }, ...options });
  expect(result.errors).toEqual([]);
  return result.charts[0]!;
};
const job = (name: string, more: Parameters<typeof migrationJob>[0] = {}) =>
  migrationJob(more).replace('-migrate', `-${name}-migrate`);

/** Three findings: one is suppressed by a comment, one by an annotation, one by the policy. */
const chart = () =>
  scratchChart({
    'templates/a.yaml': job('a', { spec: '# migrate-lint-disable-next-line backoff-limit -- set by a webhook\n' }),
    'templates/b.yaml': job('b', { annotations: '    migrate-lint/ignore: backoff-limit\n' }),
    'templates/c.yaml': job('c'),
    '.migrate-lint.yaml':
      'ignore:\n  - files: [templates/c.yaml]\n    reason: moves out\nrules:\n  job-deadline: off\n  concurrent-migrations: off\n',
  });
const line = '3 findings suppressed: 1 by a comment, 1 by an annotation, 1 by the policy';

describe('the last line', () => {
  const cwd = chart();
  it('of the terminal report counts what is suppressed, and does not say "nothing to report"', () =>
    expect(run(['.', '--rule', 'backoff-limit'], { cwd })).toMatchObject({
      code: 0,
      stdout: `0 errors, 0 warnings in 1 chart\n${line}\n`,
      stderr: '',
    }));
  it.each([
    ['github', `::notice title=migrate-lint::${line}\n`],
    ['markdown', `\n\n${line}\n`],
    ['junit', `    <system-out>${line}</system-out>\n  </testsuite>\n</testsuites>\n`],
    ['checkstyle', `message="${line}" source="migrate-lint.suppressed"/>\n  </file>\n</checkstyle>\n`],
  ])('of %s', (format, end) => {
    const { stdout } = run(['.', '--rule', 'backoff-limit', '--format', format], { cwd });
    expect(stdout.slice(-end.length)).toBe(end);
    expect(stdout).not.toContain('nothing to report');
  });
  it('of gitlab is an info', () =>
    expect(JSON.parse(run(['.', '--rule', 'backoff-limit', '--format', 'gitlab'], { cwd }).stdout)).toMatchObject([
      { description: line, severity: 'info', check_name: 'suppressed', location: { path: '.', lines: { begin: 1 } } },
    ]));
  it('of sarif is a notification', () =>
    expect(
      JSON.parse(run(['.', '--rule', 'backoff-limit', '--format', 'sarif'], { cwd }).stdout).runs[0].invocations,
    ).toMatchObject([{ toolExecutionNotifications: [{ level: 'note', message: { text: line } }] }]));
  it('is not there where nothing is suppressed', () =>
    expect(run(['.', '--rule', 'hook-event'], { cwd }).stdout).toBe('1 chart, nothing to report\n'));
});

describe('lists what is suppressed, by what, where and why', () => {
  const cwd = chart();
  it('json', () => {
    const report = json(['.', '--rule', 'backoff-limit'], cwd);
    const valid = new Ajv({ allErrors: true }).compile(JSON.parse(readFileSync('schema/report.schema.json', 'utf8')));
    expect(valid(report) || valid.errors).toBe(true);
    expect(report.charts[0].findings).toEqual([]);
    expect(report.charts[0].suppressed).toMatchObject([
      {
        location: { file: 'templates/a.yaml', line: 8 },
        suppression: { by: 'comment', at: { file: 'templates/a.yaml', line: 7 }, reason: 'set by a webhook' },
      },
      {
        location: { file: 'templates/b.yaml' },
        suppression: { by: 'annotation', at: { file: 'templates/b.yaml', line: 7 } },
      },
      {
        location: { file: 'templates/c.yaml' },
        suppression: { by: 'policy', at: { file: '.migrate-lint.yaml', line: 2 }, reason: 'moves out' },
      },
    ]);
    expect(report.summary).toEqual({
      errors: 0,
      warnings: 0,
      infos: 0,
      suppressed: { total: 3, by: { comment: 1, annotation: 1, policy: 1 }, lowered: 0 },
    });
  });
  it('sarif', () => {
    const { results } = JSON.parse(run(['.', '--rule', 'backoff-limit', '--format', 'sarif'], { cwd }).stdout).runs[0];
    expect(
      results.map(({ suppressions }: { suppressions: { kind: string; justification?: string; location: object }[] }) =>
        suppressions.map(({ kind, justification, location }) => [
          kind,
          justification,
          Object.values(location).map(({ artifactLocation, region }) => `${artifactLocation.uri}:${region.startLine}`),
        ]),
      ),
    ).toEqual([
      [['inSource', 'set by a webhook', ['templates/a.yaml:7']]],
      [['inSource', undefined, ['templates/b.yaml:7']]],
      [['external', 'moves out', ['.migrate-lint.yaml:2']]],
    ]);
  });
  it('junit, as skipped tests', () => {
    const { stdout } = run(['.', '--rule', 'backoff-limit', '--format', 'junit'], { cwd });
    expect(stdout).toContain('tests="4" failures="0" errors="0" skipped="3"');
    expect(stdout).toContain('<skipped message="suppressed (comment, templates/a.yaml:7): set by a webhook"/>');
  });
});

it('--no-inline-config takes the effect from comments and annotations, and is silent about them', () => {
  const { charts } = json(['.', '--rule', 'backoff-limit', '--no-inline-config'], chart());
  expect(charts[0].findings.map(({ rule, location }: Finding) => `${rule} ${location.file}`)).toEqual([
    'backoff-limit templates/a.yaml',
    'backoff-limit templates/b.yaml',
  ]);
});

it('--max-suppressed fails above its number, with the numbers', () => {
  const cwd = chart();
  expect(run(['.', '--rule', 'backoff-limit', '--max-suppressed', '3'], { cwd })).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(run(['.', '--rule', 'backoff-limit', '--max-suppressed', '2'], { cwd })).toMatchObject({
    code: 1,
    stderr: 'migrate-lint: 3 findings suppressed or lowered by the charts or their policy; --max-suppressed allows 2\n',
  });
});

describe('a policy leaves a trace', async () => {
  const wait = migrationJob({ spec: '' })
    .replace('spec:\n', 'spec:\n  backoffLimit: 1\n')
    .replace(
      '      containers:\n',
      "      initContainers:\n        - name: wait\n          image: busybox:1.37\n          command: [sh, -c, 'until nc -z db 5432; do sleep 1; done']\n      containers:\n",
    );
  const service = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: db\nspec:\n  ports:\n    - port: 5432\n';
  const under = (policy: string, text = wait) =>
    linted(scratchChart({ 'templates/job.yaml': text, 'templates/db.yaml': service, '.migrate-lint.yaml': policy }));
  const aside = ({ suppressed }: ChartResult) =>
    suppressed.map(({ finding, by, at, reason }) => [finding.rule, by, at?.line, reason]);
  const rulesOf = ({ findings }: ChartResult) => findings.map(({ rule }) => rule);

  it('that turns a rule off', async () => {
    expect(rulesOf(await under('{}'))).toContain('hook-deadlock');
    const report = await under('rules:\n  hook-deadlock: off\n');
    expect(rulesOf(report)).not.toContain('hook-deadlock');
    expect(aside(report)).toEqual([['hook-deadlock', 'policy', 2, 'rules: hook-deadlock: off']]);
  });
  it('that lowers a rule', async () => {
    const chart = await under('rules:\n  hook-deadlock: info\n');
    expect(chart.findings).toContainEqual(
      expect.objectContaining({
        rule: 'hook-deadlock',
        severity: 'info',
        lowered: { from: 'error', at: { file: '.migrate-lint.yaml', line: 2 } },
      }),
    );
    expect(suppressedLine([chart])).toBe('1 finding lowered by the policy');
  });
  it('that says a host is external', async () =>
    expect(aside(await under('external: ["*"]\n'))).toEqual([['hook-deadlock', 'policy', 1, 'external']]));
  it('that says a command does not migrate', async () => {
    const plain = migrationJob().replace(/ {2}annotations:\n.*\n/, '');
    expect(rulesOf(await under('{}', plain))).toContain('backoff-limit');
    const report = await under('commands:\n  - match: alembic\n    migrates: false\n', plain);
    expect(aside(report)).toContainEqual(['backoff-limit', 'policy', 1, 'commands: migrates: false']);
  });
  it('that raises a limit', async () => {
    const high = migrationJob().replace('spec:\n', 'spec:\n  backoffLimit: 50\n');
    const report = await under('rules:\n  backoff-limit: [error, { max: 100 }]\n', high);
    expect(rulesOf(report)).not.toContain('backoff-limit');
    expect(aside(report)).toEqual([['backoff-limit', 'policy', 1, 'options of the rule']]);
    expect(aside(await under('rules:\n  backoff-limit: [error, { max: 3 }]\n', high))).toEqual([]);
  });
  it('and counts against --max-suppressed', () => {
    const cwd = scratchChart({
      'templates/job.yaml': wait,
      'templates/db.yaml': service,
      '.migrate-lint.yaml': 'external: ["*"]\n',
    });
    expect(run(['.', '--max-suppressed', '0'], { cwd }).code).toBe(1);
    expect(run(['.'], { cwd })).toMatchObject({ code: 0, stdout: expect.stringContaining('1 by the policy\n') });
  });
});

describe('options that choose', () => {
  const cwd = scratchChart({ 'templates/job.yaml': migrationJob() });
  const findings = (...args: string[]) =>
    json(['.', ...args], cwd).charts[0].findings.map(({ rule, severity }: Finding) => `${rule} ${severity}`);

  it('--rule takes several', () => {
    expect(findings('--rule', 'backoff-limit,job-deadline')).toEqual(
      findings('--rule', 'backoff-limit', '--rule', 'job-deadline'),
    );
    expect(findings('--rule', 'backoff-limit,job-deadline').map((one: string) => one.split(' ')[0])).toContain(
      'backoff-limit',
    );
  });
  it('--ignore suppresses rules, and is counted', () =>
    expect(run(['.', '--rule', 'backoff-limit', '--ignore', 'backoff-limit'], { cwd })).toMatchObject({
      code: 0,
      stdout: '0 errors, 0 warnings in 1 chart\n1 finding suppressed: 1 by options\n',
    }));
  it('--severity wins over the policy, and "off" is counted', () => {
    expect(findings('--rule', 'backoff-limit', '--severity', 'backoff-limit=warning')).toEqual([
      'backoff-limit warning',
    ]);
    expect(run(['.', '--rule', 'backoff-limit', '--severity', 'backoff-limit=off'], { cwd }).stdout).toContain(
      '1 by options',
    );
  });
  it.each([
    [['--ignore', 'backof-limit'], /there is no rule backof-limit; did you mean backoff-limit\?/],
    [['--severity', 'backof-limit=info'], /there is no rule backof-limit; did you mean backoff-limit\?/],
    [['--severity', 'backoff-limit=fatal'], /RULE=error/],
    [['--severity', 'backoff-limit'], /RULE=error/],
  ])('%j is one line and exit 2', (args, message) => {
    const { code, stdout, stderr } = run(['.', ...args], { cwd });
    expect([code, (stderr + stdout).trim().split('\n').length]).toEqual([2, expect.any(Number)]);
    expect(stderr + stdout).toMatch(message);
  });
  it('--fail-on and --exit-zero set the exit code', () => {
    const code = (...args: string[]) => run(['.', '--rule', 'backoff-limit', ...args], { cwd }).code;
    expect(code('--severity', 'backoff-limit=warning')).toBe(0);
    expect(code('--severity', 'backoff-limit=warning', '--fail-on', 'warning')).toBe(1);
    expect(code('--severity', 'backoff-limit=info', '--fail-on', 'warning')).toBe(0);
    expect(code('--severity', 'backoff-limit=info', '--fail-on', 'info')).toBe(1);
    expect(code()).toBe(1);
    expect(code('--exit-zero')).toBe(0);
    expect(run(['no/such', '--exit-zero'], { cwd }).code).toBe(2);
  });
  it('--quiet counts what it hides', () =>
    expect(
      run(['.', '--rule', 'backoff-limit', '--severity', 'backoff-limit=warning', '--quiet'], { cwd }).stdout,
    ).toBe('0 errors, 0 warnings in 1 chart\n1 finding hidden by --quiet\n'));
});

it('--statistics counts instead of listing; beside another format, on standard error', () => {
  const cwd = chart();
  const args = ['.', '--rule', 'backoff-limit', '--no-inline-config'];
  const table =
    '  errors  warnings     infos    charts  rule\n       2         0         0         1  backoff-limit\n2 findings in 1 chart\n1 finding suppressed: 1 by the policy\n';
  expect(run([...args, '--statistics'], { cwd })).toMatchObject({ code: 1, stdout: table, stderr: '' });
  expect(run([...args, '--statistics', '--format', 'json'], { cwd })).toMatchObject({
    stdout: expect.stringMatching(/^\{/),
    stderr: table,
  });
});

describe('ignore in the policy', () => {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const under = (policy: string, files: Record<string, string> = {}) =>
    scratchChart({ 'templates/job.yaml': migrationJob(), '.migrate-lint.yaml': policy, ...files });
  const report = async (policy: string, files?: Record<string, string>) => {
    const { findings, suppressed } = await linted(under(policy, files), { only: ['backoff-limit'] });
    return [findings.map(({ rule }) => rule), suppressed.map(({ reason }) => reason)];
  };
  it.each([
    ['resources: ["Job/*-migrate"]', 1],
    ['resources: ["*/release-name-*"]', 1],
    ['resources: ["CronJob/*"]', 0],
    ['resources: ["Job/migrate"]', 0],
    ['charts: ["."]', 1],
    ['charts: [other]', 0],
    ['files: ["**"]\n    resources: ["Job/*"]\n    rules: [backoff-limit]', 1],
    ['files: ["**"]\n    resources: ["Service/*"]', 0],
  ])('by %s', async (entry, count) => {
    expect(await report(`ignore:\n  - ${entry}\n    reason: why\n`)).toEqual(
      count ? [[], ['why']] : [['backoff-limit'], []],
    );
  });
  it('by subchart, with what is in it', async () => {
    const files = {
      'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
      'charts/db/templates/job.yaml': migrationJob().replace('-migrate', '-db-migrate'),
    };
    expect(await report('ignore:\n  - subcharts: [d*]\n    reason: theirs\n', files)).toEqual([
      ['backoff-limit'],
      ['theirs'],
    ]);
    expect(await report('ignore:\n  - subcharts: [cache]\n', files)).toEqual([['backoff-limit', 'backoff-limit'], []]);
  });
  it('until a day, on the command line too: exit 0 before it, 1 after it', () => {
    const entry = (until: string) => `ignore:\n  - files: ["**"]\n    reason: JIRA-1\n    until: ${until}\n`;
    const codes = [day(1), day(-2)].map((until) => run(['.', '--rule', 'backoff-limit'], { cwd: under(entry(until)) }));
    expect(codes.map(({ code }) => code)).toEqual([0, 1]);
    expect(codes[0]!.stdout).toContain('1 finding suppressed: 1 by the policy');
    expect(codes[1]!.stdout).toContain(`This ignore entry expired on ${day(-2)} (JIRA-1)`);
  });
  it('until a day, the last one included', async () => {
    const entry = (until: string) => `ignore:\n  - files: ["**"]\n    reason: JIRA-1\n    until: ${until}\n`;
    expect(await report(entry(day(1)))).toEqual([[], ['JIRA-1']]);
    const { findings } = await linted(under(entry(day(-2))), { only: ['backoff-limit'] });
    expect(findings.map(({ rule, message, location: { file, line } }) => [rule, message, `${file}:${line}`])).toEqual([
      [
        'expired-ignore',
        `This ignore entry expired on ${day(-2)} (JIRA-1); the findings that it covered are reported`,
        '.migrate-lint.yaml:2',
      ],
      ['backoff-limit', expect.any(String), 'templates/job.yaml:7'],
    ]);
  });
  it.each([
    ['until: 2027-02-31\n    files: [a]', /:2:\d+|:2: /, 'not a day'],
    ['until: soon\n    files: [a]', /./, 'until'],
    ['reason: x', /./, 'files, charts, subcharts or resources'],
    ['resources: [auth]', /./, 'KIND/NAME'],
  ])('refuses %j with its place', (entry, place, message) => {
    const { code, stdout, stderr } = run(['.'], { cwd: under(`ignore:\n  - ${entry}\n`) });
    expect([code, stdout + stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stdout + stderr).toMatch(place);
  });
});

it('checks of suppressions are rules to the policy, to `rules` and to `explain`', async () => {
  const cwd = scratchChart({
    'templates/job.yaml': `# migrate-lint-disable-next-line nosuch\n${migrationJob()}`,
    '.migrate-lint.yaml': 'rules:\n  unknown-rule: error\n',
  });
  expect((await linted(cwd)).findings[0]).toMatchObject({ rule: 'unknown-rule', severity: 'error' });
  writeFileSync(join(cwd, '.migrate-lint.yaml'), 'rules:\n  unknown-rule: off\n');
  const { findings, suppressed } = await linted(cwd);
  expect(findings.map(({ rule }) => rule)).not.toContain('unknown-rule');
  expect(suppressed).toMatchObject([{ finding: { rule: 'unknown-rule' }, by: 'policy' }]);
  for (const id of ['expired-ignore', 'unknown-directive', 'unknown-rule', 'unused-baseline', 'unused-directive']) {
    expect(listRules(undefined)).toMatch(new RegExp(`^${id} `, 'm'));
    expect(explain(id, 80)).toContain(`# ${id}`);
  }
});
