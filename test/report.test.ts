// What is in the reports for programs: places, identities, and text of a chart that stays text whatever it holds.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log, Result } from 'sarif';
import { beforeAll, describe, expect, it } from 'vitest';
import { rules } from '../rules/index.ts';
import type { Finding } from '../src/check/index.ts';
import { lint } from '../src/lint.ts';
import { summarize } from '../src/summary.ts';
import type { LintError, LintResult } from '../src/result.ts';
import { fixCharts } from '../src/fix-charts.ts';
import { report, type Format } from '../src/report/index.ts';
import { furtherChecks } from '../src/suppress/checks.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';
import { hostile, written } from './report/hostile.ts';

const draw = (format: Format, result: LintResult) =>
  report(format, result, {
    color: false,
    width: 100,
    hyperlinks: false,
    showRendered: false,
    cwd: '.',
    version: '1.2.3',
  });
const json = async <T>(format: Format, result: LintResult) => JSON.parse(await draw(format, result)) as T;
const finding = (more: Partial<Finding> = {}): Finding => written({ message: 'Job a waits for Service b', ...more });
const chart = (findings: Finding[], path = 'charts/shop') => ({
  path,
  name: 'shop',
  version: '1.0.0',
  findings,
  suppressed: [],
  notes: [],
});
const result = (findings: Finding[], errors: LintError[] = []) => summarize([chart(findings)], errors);

let env: Record<string, string | undefined>;
beforeAll(async () => {
  env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };
});

describe('sarif', () => {
  const results = async (result: LintResult): Promise<Result[]> => (await json<Log>('sarif', result)).runs[0]!.results!;
  const linted = async (folder: string) =>
    results(await lint({ paths: ['.'], cwd: folder, env, only: ['backoff-limit'] }));

  it('says of each rule what `explain` says', async () => {
    const { driver } = (await json<Log>('sarif', result([]))).runs[0]!.tool;
    expect([driver.name, driver.semanticVersion, driver.rules!.map(({ id }) => id)]).toEqual([
      'migrate-lint',
      '1.2.3',
      [...rules, ...furtherChecks].map(({ id }) => id),
    ]);
    for (const { id, shortDescription, help } of driver.rules!) {
      expect(shortDescription!.text, id).not.toBe('');
      expect(help!.markdown, id).toContain('## How to fix it');
      expect(help!.text, id).not.toContain('\n');
    }
  });

  it('links each result with its rule, rules that are not in the catalogue too', async () => {
    const log = await json<Log>('sarif', result([finding(), finding({ rule: 'unused-directive', severity: 'info' })]));
    const [{ tool, results }] = log.runs as [Log['runs'][number]];
    expect(results!.map(({ ruleIndex }) => tool.driver.rules![ruleIndex!]!.id)).toEqual([
      'hook-deadlock',
      'unused-directive',
    ]);
    expect(results!.map(({ level }) => level)).toEqual(['error', 'note']);
  });

  it('has the chain of causes as related places, by relative references', async () => {
    const because = [
      { message: 'it waits', location: { file: 'charts/my shop/templates/a#b.yaml', line: 3, column: 5 } },
    ];
    const [{ relatedLocations }] = (await results(result([finding({ because })]))) as [Result];
    expect(relatedLocations).toEqual([
      {
        id: 0,
        message: { text: 'it waits' },
        physicalLocation: {
          artifactLocation: { uri: 'charts/my%20shop/templates/a%23b.yaml' },
          region: { startLine: 3, startColumn: 5 },
        },
      },
    ]);
  });

  it('keeps the fingerprint where lines move, and where another place is meant has another', async () => {
    const folder = scratchChart({ 'templates/job.yaml': migrationJob() });
    const identity = async () =>
      (await linted(folder)).map(({ partialFingerprints, locations }) => [
        partialFingerprints!['migrateLint/v1'],
        locations![0]!.physicalLocation!.region!.startLine,
      ]);
    const [[before, line]] = (await identity()) as [[string, number]];
    writeFileSync(join(folder, 'templates/job.yaml'), `# one\n# two\n${migrationJob()}`);
    expect(await identity()).toEqual([[before, line + 2]]);
    writeFileSync(join(folder, 'templates/other.yaml'), migrationJob().replace('-migrate', '-seed-migrate'));
    expect(new Set((await identity()).map(([identity]) => identity)).size).toBe(2);
  });

  it('keeps it for directives that switch nothing off, too', async () => {
    const folder = scratchChart({
      'templates/x.yaml':
        '# migrate-lint-disable-next-line backoff-limit\n# migrate-lint-disable-next-line backoff-limit\n',
    });
    const before = (await linted(folder)).map(({ partialFingerprints }) => partialFingerprints!['migrateLint/v1']);
    writeFileSync(join(folder, 'templates/x.yaml'), `# one\n${readFileSync(join(folder, 'templates/x.yaml'), 'utf8')}`);
    const moved = await linted(folder);
    expect(moved.map(({ partialFingerprints }) => partialFingerprints!['migrateLint/v1'])).toEqual(before);
    expect([moved.map(({ ruleId }) => ruleId), new Set(before).size]).toEqual([
      ['unused-directive', 'unused-directive'],
      2,
    ]);
  });

  it('has fixes that do what --fix does', async () => {
    const folder = scratchChart({ 'templates/job.yaml': migrationJob() });
    const file = join(folder, 'templates/job.yaml');
    const [{ fixes }] = (await linted(folder)) as [Result];
    const [{ artifactLocation, replacements }] = fixes![0]!.artifactChanges as [
      NonNullable<Result['fixes']>[number]['artifactChanges'][number],
    ];
    expect([fixes!.length, artifactLocation.uri, replacements.length]).toEqual([1, 'templates/job.yaml', 1]);
    const lines = readFileSync(file, 'utf8').split('\n');
    const { deletedRegion, insertedContent } = replacements[0]!;
    const at = (line: number, column: number) =>
      lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
    const text = lines.join('\n');
    const fixedText =
      text.slice(0, at(deletedRegion.startLine!, deletedRegion.startColumn!)) +
      insertedContent!.text +
      text.slice(at(deletedRegion.endLine!, deletedRegion.endColumn!));
    const options = { paths: ['.'], cwd: folder, env, only: ['backoff-limit'] };
    await fixCharts(options, await lint(options), { dryRun: false });
    expect(fixedText).toBe(readFileSync(file, 'utf8'));
    expect(fixedText).not.toBe(text);
  });

  it('marks what is switched off, how and why', async () => {
    const suppressed = [
      { finding: finding(), by: 'comment' as const, at: { file: 'a.yaml', line: 2 }, reason: 'by a webhook' },
      { finding: finding({ fingerprint: '2' }), by: 'baseline' as const },
    ];
    const marked = await results(summarize([{ ...chart([finding({ fingerprint: '3' })]), suppressed }], []));
    expect(marked.map(({ suppressions }) => suppressions)).toEqual([
      undefined,
      [
        {
          kind: 'inSource',
          status: 'accepted',
          justification: 'by a webhook',
          location: {
            physicalLocation: { artifactLocation: { uri: 'a.yaml' }, region: { startLine: 2, startColumn: 1 } },
          },
          properties: { by: 'comment' },
        },
      ],
      [{ kind: 'external', status: 'accepted', properties: { by: 'baseline' } }],
    ]);
  });

  it('says that it could not do its job', async () => {
    const { invocations } = (
      await json<Log>('sarif', result([], [{ path: 'charts/x', message: 'charts/x: does not render' }]))
    ).runs[0]!;
    expect(invocations).toMatchObject([
      {
        executionSuccessful: false,
        toolExecutionNotifications: [{ level: 'error', message: { text: 'charts/x: does not render' } }],
      },
    ]);
  });
});

describe.each(['sarif', 'gitlab'] as const)('%s', (format) => {
  it('tells the same finding in two charts, and twice in one, apart', async () => {
    const two = summarize([chart([finding(), finding()], 'charts/a'), chart([finding()], 'charts/b')], []);
    const text = await draw(format, two);
    const found = [...text.matchAll(/"(?:migrateLint\/v1|fingerprint)": "(\w+)"/g)].map(([, identity]) => identity);
    expect([found.length, new Set(found).size]).toEqual([3, 3]);
    expect(await draw(format, two)).toBe(text);
  });
});

describe('github', () => {
  it('writes a command a finding, which the runner reads back as it was', async () => {
    const message = '100% of a,b:c\r\n::error::x\nlast';
    const text = await draw(
      'github',
      result([
        finding({ message, location: { file: 'charts/a,b:c%.yaml', line: 7, column: 3 } }),
        finding({ severity: 'warning' }),
        finding({ severity: 'info' }),
      ]),
    );
    expect(text.split('\n').map((line) => line.split(' ')[0])).toEqual(['::error', '::warning', '::notice', '']);
    const [, properties, data] = /^::error (.*?)::(.*)$/m.exec(text)!;
    const decode = (value: string) =>
      value
        .replaceAll('%0A', '\n')
        .replaceAll('%0D', '\r')
        .replaceAll('%3A', ':')
        .replaceAll('%2C', ',')
        .replaceAll('%25', '%');
    expect(Object.fromEntries(properties!.split(',').map((property) => property.split('=').map(decode)))).toEqual({
      file: 'charts/a,b:c%.yaml',
      line: '7',
      col: '3',
      title: 'migrate-lint: hook-deadlock',
    });
    expect(decode(data!)).toBe(
      '100% of a,b:c\\u000d\n::error::x\nlast\n→ because b comes later (charts/shop/templates/b.yaml:4)\nMove it.',
    );
  });

  it('reports a chart that was not linted', async () =>
    expect(await draw('github', result([], [{ path: 'x', message: 'x: 50% broken' }]))).toBe(
      '::error title=migrate-lint::x: 50%25 broken\n',
    ));
});

describe('gitlab', () => {
  it('has what GitLab asks for', async () => {
    const issues = await json<Record<string, unknown>[]>(
      'gitlab',
      result(
        [finding(), finding({ severity: 'warning' }), finding({ severity: 'info' })],
        [{ path: 'charts/x', message: 'charts/x: does not render' }],
      ),
    );
    expect(issues.map(({ severity }) => severity)).toEqual(['critical', 'major', 'info', 'blocker']);
    expect(issues[0]).toEqual({
      description: 'Job a waits for Service b',
      check_name: 'hook-deadlock',
      fingerprint: expect.stringMatching(/^\w+$/),
      severity: 'critical',
      location: { path: 'charts/shop/templates/a.yaml', lines: { begin: 7 } },
    });
    expect(issues[3]).toMatchObject({
      description: 'charts/x: does not render',
      check_name: 'not-linted',
      location: { path: 'charts/x' },
    });
  });
});

describe('junit', () => {
  it('counts what fails, what is only said, and what could not be linted', async () => {
    const text = await draw(
      'junit',
      summarize(
        [chart([finding(), finding({ severity: 'info' })]), chart([], 'charts/good')],
        [{ path: 'charts/x', message: 'no' }],
      ),
    );
    expect([...text.matchAll(/<testsuite [^>]*>/g)].map(([tag]) => tag)).toEqual([
      '<testsuite name="charts/shop" tests="2" failures="1" errors="0">',
      '<testsuite name="charts/good" tests="1" failures="0" errors="0">',
      '<testsuite name="charts/x" tests="1" failures="0" errors="1">',
    ]);
    expect(text).toContain(
      '<failure type="error" message="Job a waits for Service b">charts/shop/templates/a.yaml:7:3&#10;→ because b comes later (charts/shop/templates/b.yaml:4)&#10;Move it.</failure>',
    );
    expect(text).toContain('<system-out>Job a waits for Service b</system-out>');
  });
});

describe('checkstyle', () => {
  it('has a file once, with its findings and what could not be linted', async () => {
    const text = await draw(
      'checkstyle',
      result(
        [
          finding(),
          finding({ severity: 'warning', location: { file: 'charts/shop/templates/a.yaml', line: 9, column: 1 } }),
        ],
        [{ path: 'charts/x', message: 'no' }],
      ),
    );
    expect(text).toContain(
      '<file name="charts/shop/templates/a.yaml">\n    <error line="7" column="3" severity="error" message="Job a waits for Service b" source="migrate-lint.hook-deadlock"/>\n    <error line="9"',
    );
    expect(text).toContain(
      '<file name="charts/x">\n    <error line="1" severity="error" message="no" source="migrate-lint.not-linted"/>',
    );
  });
});

describe('markdown', () => {
  const row = async (message: string) => /^\| 🛑 .*$/m.exec(await draw('markdown', result([finding({ message })])))![0];

  it('leaves no markup, links or mentions of a chart', async () => {
    expect(await row('a|b `c` <b>&amp; *x* [y](z) @me #12 https://x.example www.example\nnext')).toBe(
      '| 🛑 | `hook-deadlock` | <code>charts/shop/templates/a.yaml:7</code> | a\\|b \\`c\\` &lt;b&gt;&amp;amp; \\*x\\* \\[y\\](z) @\u200bme \\#\u200b12 https:\u200b//x.example www\u200b.example next |',
    );
  });

  it('writes file names as they are', async () => {
    const text = await draw(
      'markdown',
      result([finding({ location: { file: 'a|*b*/_c_.yaml', line: 1, column: 1 } })]),
    );
    expect(text).toContain('<code>a\\|\\*b\\*/\\_c\\_.yaml:1</code>');
  });

  it('draws each chain once, as a graph whose text is quoted', async () => {
    const because = [{ message: 'waits for "b" | `c` [d]', location: { file: 'b.yaml', line: 4, column: 1 } }];
    const text = await draw('markdown', result([finding({ because }), finding({ because }), finding()]));
    expect(text.match(/```mermaid\n[\s\S]*?```/g)).toEqual([
      '```mermaid\nflowchart TD\n  n0["Job/a"]\n  n1["waits for #34;b#34; #124; #96;c#96; #91;d#93;"]\n  n0 --> n1\n```',
    ]);
  });

  it('fits into a comment, however many charts there are', async () => {
    const many = (path: string) =>
      chart(
        Array.from({ length: 60 }, (_, line) =>
          finding({ message: 'x'.repeat(200), location: { file: `${path}/a.yaml`, line, column: 1 } }),
        ),
        path,
      );
    const text = await draw(
      'markdown',
      summarize(
        Array.from({ length: 20 }, (_, index) => many(`charts/${index}`)),
        [],
      ),
    );
    expect(text.length).toBeLessThan(65_536);
    expect(text).toMatch(/^## migrate-lint: 1200 errors/);
    expect(text).toContain('### charts/19\n\n60 findings\n');
  });
});

it.each(['github', 'gitlab', 'sarif', 'junit', 'checkstyle', 'markdown'] as const)(
  '%s: hostile text stays text',
  async (format) => {
    const text = await draw(format, hostile());
    expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(Buffer.from(text).toString()).toBe(text);
    expect(text).not.toMatch(/^::error::owned/m);
    if (format === 'junit' || format === 'checkstyle' || format === 'markdown') expect(text).not.toContain('<script>');
  },
);

it('a chart that is rendered to nothing but problems still gives each report', async () => {
  const folder = scratchChart({ 'templates/x.yaml': '{{ fail "no" }}' });
  mkdirSync(join(folder, 'templates'), { recursive: true });
  const failed = await lint({ paths: ['.'], cwd: folder, env });
  expect(failed.errors).toHaveLength(1);
  for (const format of ['github', 'gitlab', 'sarif', 'junit', 'checkstyle', 'markdown'] as const)
    expect(await draw(format, failed), format).toContain('no');
});
