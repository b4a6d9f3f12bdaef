// Options of the command line through the built program: what is listed, written, read from standard input and watched.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run, start } from './chart/cli.ts';
import { command, shellCommand } from './program/command.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';
import { script } from './helm/fakes.ts';

const job = migrationJob();
const limited = job.replace('spec:\n', 'spec:\n  backoffLimit: 3\n');
const onCi = { 'templates/job.yaml': job, 'ci/a-values.yaml': 'a: 1\n' };

describe('instead of linting', () => {
  it('lists charts, their files and their scenarios', () => {
    const chart = scratchChart({ ...onCi, '.migrate-lint.yaml': 'rules: {}\n' });
    expect(run(['--list-charts', '.'], { cwd: chart })).toEqual({ code: 0, stdout: '.\n', stderr: '' });
    const { stdout } = run(['.', '--list-files'], { cwd: chart });
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining(['.migrate-lint.yaml', 'Chart.yaml', 'ci/a-values.yaml', 'templates/job.yaml']),
    );
    expect(run(['.', '--list-scenarios'], { cwd: chart }).stdout).toBe('default\nci/a-values.yaml\n');
    expect(run(['nosuch', '.', '--list-charts'], { cwd: chart })).toEqual({
      code: 2,
      stdout: '.\n',
      stderr: 'migrate-lint: nosuch: no such file or folder\n',
    });
  });
  it('pulls nothing, and says so', () => {
    const chart = scratchChart(onCi);
    for (const option of ['--list-charts', '--list-files', '--list-scenarios', '--print-config'])
      expect(run(['.', option, '--pull'], { cwd: chart })).toEqual({
        code: 2,
        stdout: '',
        stderr: `migrate-lint: --pull cannot be combined with ${option}, which fetches nothing\n`,
      });
  });
  it('prints the policy of a chart with the origin of each value', () => {
    const chart = scratchChart({
      ...onCi,
      '.migrate-lint.yaml':
        'extends: strict\nrules:\n  backoff-limit: [warning, {max: 3}]\n  hook-event: off\nservices: [{name: shop}]\n',
    });
    const { code, stdout } = run(['.', '--print-config', '--severity', 'job-name=error', '--ignore', 'image-drift'], {
      cwd: chart,
    });
    expect(code).toBe(0);
    expect(stdout).toContain('\nextends: strict # .migrate-lint.yaml\n');
    expect(stdout).toContain('\n  backoff-limit: [warning, {max: 3}] # .migrate-lint.yaml:3\n');
    expect(stdout).toContain('\n  hook-event: off # .migrate-lint.yaml:4\n');
    expect(stdout).toContain('\n  image-drift: off # --ignore image-drift\n');
    expect(stdout).toContain('\n  job-name: error # --severity\n');
    expect(stdout).toContain('\n  hook-deadlock: error # strict\n');
    expect(stdout).toContain('\ndependencies: own # default\n');
    expect(parse(stdout)).toMatchObject({ services: [{ name: 'shop' }] });
    const wrong = scratchChart({ ...onCi, '.migrate-lint.yaml': 'rulez: {}\nservises: []\n' });
    expect(run(['.', '--print-config'], { cwd: wrong })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/:1:1: .*rulez.*\n.*:2:1: .*servises/),
    });
  });
});

describe('standard input', () => {
  it('is values with -f -, however often Helm is called', () => {
    const chart = scratchChart({
      'templates/job.yaml': `{{ if .Values.enabled }}\n${job}{{ end }}\n`,
      'values.yaml': 'enabled: false\n',
    });
    expect(run(['.'], { cwd: chart })).toMatchObject({ code: 0 });
    const temporary = mkdtempSync(join(tmpdir(), 'migrate-lint-stdin-'));
    expect(run(['.', '-f', '-'], { cwd: chart, input: 'enabled: true\n', env: { TMPDIR: temporary } })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('templates/job.yaml:8'),
    });
    expect(readdirSync(temporary)).toEqual([]);
    expect(run(['-', '-f', '-'], { cwd: chart, input: '' })).toMatchObject({
      code: 2,
      stderr: 'migrate-lint: standard input is either the manifests (-) or the values (-f -)\n',
    });
  });
  it('has the name that --stdin-filename gives it', () => {
    const { stdout, code } = run(['-', '--stdin-filename', 'out/all.yaml', '--rule', 'backoff-limit'], {
      input: job.replaceAll(/\{\{.*?\}\}/g, 'shop'),
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/out\/all\.yaml:\d+/);
    expect(stdout).not.toContain('<stdin>');
  });
});

it('a values file of several documents is judged as Helm reads it, and said to be read in two ways', async () => {
  const chart = scratchChart({
    'templates/job.yaml': job.replace('spec:\n', 'spec:\n  backoffLimit: {{ .Values.retries }}\n'),
    'prod.yaml': 'retries: 1\n---\nretries: 50\n',
    'one.yaml': '---\nretries: 1\n---\n# nothing\n',
  });
  const under = async (version: '3.17.3' | '4.2.3', file: string) => {
    const env = { HELM_BIN: (await helmBinary(version)).path };
    const { stdout } = run(['.', '-f', file, '--format', 'json'], { cwd: chart, env });
    const [{ findings }] = (JSON.parse(stdout) as { charts: [{ findings: { rule: string; location: object }[] }] })
      .charts;
    return findings.map(({ rule, location }) => ({ rule, location }));
  };
  const read = { rule: 'not-judged', location: expect.objectContaining({ file: 'prod.yaml', line: 3 }) };
  expect(await under('3.17.3', 'prod.yaml')).toEqual([read]);
  expect(await under('4.2.3', 'prod.yaml')).toEqual([
    read,
    {
      rule: 'backoff-limit',
      location: expect.objectContaining({
        file: 'templates/job.yaml',
        value: { path: '.Values.retries', file: 'prod.yaml', line: 3 },
      }),
    },
  ]);
  expect(await under('4.2.3', 'one.yaml')).toEqual([]);
});

describe('--color', () => {
  const chart = scratchChart({ 'templates/job.yaml': job });
  it.each([
    ['--color=always', true],
    ['--color', true],
    ['--color=never', false],
    ['--color=auto', false],
  ])('%s', (option, coloured) => {
    expect(run([option, '.'], { cwd: chart }).stdout.includes('\u001b[')).toBe(coloured);
  });
  it('takes no other word, and no chart', () => {
    expect(run(['--color=blue', '.'], { cwd: chart })).toMatchObject({
      code: 2,
      stderr: 'migrate-lint: --color=blue is not possible: use auto, always or never\n',
    });
    expect(run(['--color', '.'], { cwd: chart }).code).toBe(1);
  });
});

describe('--jobs', () => {
  it('takes a number from 1, and finds the same', () => {
    const chart = scratchChart(onCi);
    const json = (args: string[]) => run([...args, '--format', 'json', '.'], { cwd: chart }).stdout;
    expect(json(['--jobs', '1'])).toBe(json([]));
    expect(run(['--jobs', '0', '.'], { cwd: chart })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--jobs'),
    });
  });
  it('is how many scenarios Helm renders at a time', async () => {
    const chart = scratchChart({ ...onCi, 'ci/b-values.yaml': 'b: 1\n', 'ci/c-values.yaml': 'c: 1\n' });
    const { path } = await helmBinary('4.2.3');
    /**
     * Scenarios that Helm had begun, and those that it had begun and not ended at once. A fake that waits for `others`
     * sees them, or none.
     */
    const rendered = (jobs: string, others: number) => {
      const log = join(chart, `../${jobs}.log`);
      const fake = script(
        join(chart, `../helm-${jobs}`),
        `scenario=$(printf '%s\n' "$@" | grep -o '[abc]-values' || echo default)
echo "start $scenario" >> '${log}'
for i in $(seq 200); do [ "$(grep ^start '${log}' | sort -u | wc -l)" -ge ${others} ] && break; sleep 0.1; done
'${path}' "$@"
code=$?
echo "end $scenario" >> '${log}'
exit $code`,
      );
      start(['.', '--jobs', jobs, '--action', 'install'], { cwd: chart, env: { HELM_BIN: fake } });
      const open: string[] = [];
      let most = 0;
      for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
        const [event, scenario] = line.split(' ') as [string, string];
        if (event === 'start') open.push(scenario);
        else open.splice(open.indexOf(scenario), 1);
        most = Math.max(most, new Set(open).size);
      }
      return most;
    };
    expect(rendered('1', 1)).toBe(1);
    expect(rendered('2', 2)).toBe(2);
    expect(rendered('4', 4)).toBe(4);
  });
});

describe('--add-disable', () => {
  it('suppresses every finding by a comment, and the render stays the same', () => {
    const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-disable-'));
    cpSync('fixtures/rules/backoff-limit', folder, { recursive: true });
    const { charts, summary } = JSON.parse(run(['.', '--format', 'json'], { cwd: folder }).stdout) as {
      charts: { findings: unknown[] }[];
      summary: { errors: number };
    };
    const count = charts.flatMap(({ findings }) => findings).length;
    expect(summary.errors).toBeGreaterThan(0);
    const dry = run(['.', '--add-disable', '--fix-dry-run'], { cwd: folder });
    expect(dry.stdout).toMatch(/^\+ *\{\{- \/\* migrate-lint-disable-next-line backoff-limit \*\/\}\}$/m);
    expect(run(['.'], { cwd: folder }).code).toBe(1);
    const written = run(['--add-disable', '.', '--reason', 'known since 2020'], { cwd: folder });
    expect(written).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        new RegExp(`^${count} of ${count} findings suppressed by comments in \\d+ files\n$`),
      ),
      stdout: expect.stringContaining(`${count} findings suppressed: ${count} by comments`),
    });
    expect(readFileSync(join(folder, 'bad/templates/job.yaml'), 'utf8')).toContain(
      '{{- /* migrate-lint-disable-next-line backoff-limit -- known since 2020 */}}\n',
    );
    rmSync(folder, { recursive: true });
  });
  it('says which findings it cannot suppress so, and takes no reason that ends the comment', () => {
    const chart = scratchChart({ 'templates/job.yaml': job.replace('spec:\n', '{{ printf\n  "spec:"\n}}\n') });
    const before = readFileSync(join(chart, 'templates/job.yaml'), 'utf8');
    const { stderr, code } = run(['.', '--add-disable'], { cwd: chart });
    expect([code, stderr]).toEqual([
      expect.any(Number),
      expect.stringMatching(
        /^(?:not suppressed: templates\/job\.yaml:\d+ backoff-limit: .*\n)?\d of \d findings? suppressed/m,
      ),
    ]);
    if (code === 1) expect(readFileSync(join(chart, 'templates/job.yaml'), 'utf8')).toBe(before);
    for (const reason of ['a */ b', 'a }} b', 'a\nb', ' '])
      expect(run(['.', '--add-disable', '--reason', reason], { cwd: chart })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--reason'),
      });
    expect(run(['.', '--reason', 'x'], { cwd: chart })).toMatchObject({
      code: 2,
      stderr: 'migrate-lint: --reason needs --add-disable\n',
    });
    expect(run(['.', '--add-disable', '--fix'], { cwd: chart })).toMatchObject({
      code: 2,
      stderr: 'migrate-lint: --add-disable cannot be combined with --fix: fix first, then suppress what is left\n',
    });
    expect(readFileSync(join(chart, 'templates/job.yaml'), 'utf8')).toBe(before);
  });
});

it('takes the namespace that Helm took from the arguments of its plugin', () => {
  const chart = scratchChart({ 'templates/x.yaml': '{{ fail .Release.Namespace }}' });
  const namespace = (env: Record<string, string>, ...args: string[]) =>
    /: (\w+)\n$/.exec(run([chart, ...args], { env }).stderr)?.[1];
  const told = { HELM_PLUGIN_NAME: 'migrate-lint', HELM_NAMESPACE: 'prod' };
  expect(namespace(told)).toBe('prod');
  expect(namespace(told, '-n', 'test')).toBe('test');
  expect(namespace({ ...told, HELM_PLUGIN_NAME: 'other' })).toBe('default');
});

describe('--watch', () => {
  it('lints again when a template or the policy changes, and ends with Ctrl-C', { timeout: 180_000 }, async () => {
    const chart = scratchChart({ 'templates/job.yaml': job });
    const [file, ...first] = command();
    const child = spawn(file, [...first, '.', '--watch', '--rule', 'backoff-limit'], {
      cwd: chart,
      env: { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path, NO_COLOR: '1', GITHUB_ACTIONS: '' },
    });
    let out = '';
    const heard: (() => void)[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        out += data.toString();
        heard.forEach((tell) => tell());
      });
    // Two pipes: what was written first may be heard last.
    const until = async (...texts: string[]) => {
      while (!texts.every((text) => out.includes(text))) await new Promise<void>((done) => heard.push(done));
    };
    await until('1 error, 0 warnings in 1 chart', 'watching ., press Ctrl-C to stop');
    out = '';
    writeFileSync(join(chart, 'templates/job.yaml'), limited);
    await until('templates/job.yaml changed', 'nothing to report', 'watching');
    out = '';
    writeFileSync(join(chart, 'templates/job.yaml'), '{{ fail "half-written" }}');
    await until('half-written', 'watching');
    out = '';
    writeFileSync(join(chart, '.migrate-lint.yaml'), 'rulez: {}\n');
    await until('.migrate-lint.yaml changed', 'did you mean rules', 'watching');
    const ended = new Promise((done) => child.on('exit', (_, signal) => done(signal)));
    child.kill('SIGINT');
    expect(await ended).toBe('SIGINT');
  });
  it('refuses what writes, and standard input', () => {
    expect(run(['.', '--watch', '--fix'])).toMatchObject({
      code: 2,
      stderr: 'migrate-lint: --watch cannot be combined with --fix, which changes the files that are watched\n',
    });
    expect(run(['-', '--watch'])).toMatchObject({ code: 2, stderr: expect.stringContaining('standard input') });
  });
});

describe('completion', () => {
  it('knows rules, severities, formats and the scenarios of the chart (bash)', () => {
    const chart = scratchChart(onCi);
    const script = run(['completion', 'bash']).stdout;
    // Bash makes words of the line as readline has its word breaks, "=" and ":" among them.
    const complete = (line: string) => {
      const words = line.split(' ').flatMap((word) => word.match(/[=:><&|;(]+|[^=:><&|;(]+/g) ?? ['']);
      const { stdout } = spawnSync(
        'bash',
        [
          '-c',
          `migrate-lint() { ${shellCommand()} "$@"; }
${script}
COMP_WORDS=(${words.map((word) => JSON.stringify(word)).join(' ')}); COMP_CWORD=${words.length - 1}; COMP_LINE=${JSON.stringify(line)}; COMP_POINT=${line.length}; _migrate_lint; printf '%s\n' "\${COMPREPLY[@]}"`,
        ],
        { cwd: chart, encoding: 'utf8' },
      );
      return stdout.trim().split('\n');
    };
    expect(complete('migrate-lint --rule hook-dead')).toEqual(['hook-deadlock']);
    expect(complete('migrate-lint --ignore unused-d')).toEqual(['unused-directive']);
    expect(complete('migrate-lint --severity hook-deadl')).toContain('hook-deadlock=warning');
    expect(complete('migrate-lint --severity hook-deadlock=w')).toEqual(['warning']);
    expect(complete('migrate-lint --severity hook-deadlock=')).toEqual(['error', 'warning', 'info', 'off']);
    expect(complete('migrate-lint --severity=hook-deadlock=w')).toEqual(['warning']);
    expect(complete('migrate-lint --format=sa')).toEqual(['sarif']);
    expect(complete('migrate-lint --format=')).toContain('json');
    expect(complete('migrate-lint plan --format me')).toEqual(['mermaid']);
    expect(complete('migrate-lint --config=Cha')).toEqual(['Chart.yaml']);
    expect(complete('migrate-lint Cha')).toEqual(['Chart.yaml']);
    expect(complete('migrate-lint pl')).toEqual(['plan']);
    expect(complete('migrate-lint --format sa')).toEqual(['sarif']);
    expect(complete('migrate-lint --list-s')).toEqual(['--list-scenarios']);
    expect(complete('migrate-lint --scenario ci/')).toEqual(['ci/a-values.yaml']);
  });
});

describe('--fix-dry-run', () => {
  const files = { 'templates/job.yaml': job };
  it('leaves JSON on standard output alone', () => {
    const { stdout, stderr } = run(['.', '--fix-dry-run', '--format', 'json'], { cwd: scratchChart(files) });
    expect(JSON.parse(stdout)).toMatchObject({ summary: { errors: 1 } });
    expect(stdout).toContain('"fix"');
    expect(stderr).toMatch(/^--- a\/templates\/job\.yaml/);
  });
  it('promises nothing for an archive', () => {
    const chart = scratchChart(files);
    spawnSync('tar', ['czf', 'shop.tgz', '-C', dirname(chart), 'shop'], { cwd: dirname(chart) });
    const { code, stdout } = run(['shop.tgz', '--format', 'json'], { cwd: dirname(chart) });
    expect([code, stdout.includes('"fix"')]).toEqual([1, false]);
    expect(run(['shop.tgz', '--fix'], { cwd: dirname(chart) }).stdout).not.toContain('--fix');
  });
});

it('rules says which have a fix', () => {
  expect(run(['rules']).stdout).toMatch(/^backoff-limit {2,}error {2,}recommended {2,}--fix {2}/m);
  expect(run(['rules']).stdout).toMatch(/^hook-deadlock {2,}error {2,}recommended {2,}A hook/m);
  expect(JSON.parse(run(['rules', '--format', 'json']).stdout)).toEqual(
    expect.arrayContaining([expect.objectContaining({ id: 'backoff-limit', fixable: true })]),
  );
});
