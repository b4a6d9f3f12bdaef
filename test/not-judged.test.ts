// What is not judged is reported, and costs the findings of the rest nothing.
import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { rules } from '../rules/index.ts';
import { internalError } from '../src/internal-error.ts';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import type { LintResult } from '../src/result.ts';
import { formats, report } from '../src/report/index.ts';
import { wantedValues } from '../src/unrendered.ts';
import { HelmError } from '../src/helm/index.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';

let helm: string;
beforeAll(async () => {
  helm = (await helmBinary('4.2.3')).path;
});

const run = (paths: string[], options: Partial<LintOptions> = {}) =>
  lint({ paths, cwd: paths[0]!, env: { ...process.env, HELM_BIN: helm }, ...options });
const said = ({ charts }: LintResult) =>
  charts.flatMap(({ findings }) =>
    findings.map(({ rule, severity, actions }) => `${rule} ${severity} ${actions.join()}`),
  );

const guarded = {
  'values.yaml': 'password: ""\n',
  'templates/job.yaml': migrationJob(),
  'templates/guard.yaml':
    '{{ if .Release.IsUpgrade }}{{ $_ := required "password is needed, add --set password=$P" .Values.password }}{{ end }}\n',
};

describe('an upgrade that the chart refuses', () => {
  it('is a warning with the value to set, and the install is judged', async () => {
    const result = await run([scratchChart(guarded)]);
    expect(result.errors).toEqual([]);
    expect(said(result)).toEqual(['not-judged warning upgrade', 'backoff-limit error install']);
    expect(result.charts[0]!.findings[0]).toMatchObject({
      location: { file: 'templates/guard.yaml', line: 1 },
      message: expect.stringMatching(
        /^The upgrade was not judged: the chart refuses to render it: .*password is needed/,
      ),
      help: expect.stringContaining('--set password=…'),
    });
  });
  it('is judged with the value', async () => {
    expect(said(await run([scratchChart(guarded)], { set: [{ flag: '--set', value: 'password=x' }] }))).toEqual([
      'backoff-limit error install,upgrade',
    ]);
  });
  it.each([
    ['refused: error', 'rules: {not-judged: [error, {refused: error}]}', ['not-judged error upgrade']],
    ['refused: off', 'rules: {not-judged: [error, {refused: off}]}', []],
    ['info', 'rules: {not-judged: info}', ['not-judged info upgrade']],
    ['off', 'rules: {not-judged: off}', []],
  ])('has the severity of the policy (%s)', async (_, policy, wanted) => {
    const chart = scratchChart({ ...guarded, '.migrate-lint.yaml': policy.replace('refused: off', 'refused: "off"') });
    expect(said(await run([chart])).filter((one) => !one.startsWith('backoff-limit'))).toEqual(wanted);
  });
  it('is reported with --rule too, and where lookup finds nothing', async () => {
    const chart = scratchChart({
      'templates/job.yaml': migrationJob(),
      'templates/guard.yaml':
        '{{ if .Release.IsUpgrade }}{{ (lookup "v1" "Secret" "a" "b").data.password.x }}{{ end }}\n',
    });
    expect(said(await run([chart], { only: ['hook-order'] }))).toEqual(['not-judged warning upgrade']);
  });
  it('is an error where the template itself is at fault', async () => {
    const chart = scratchChart({ 'templates/x.yaml': '{{ if .Release.IsUpgrade }}{{ .Values.a.b.c }}{{ end }}\n' });
    expect(said(await run([chart]))).toEqual(['not-judged error upgrade']);
  });
  it('is in every format', async () => {
    const result = await run([scratchChart(guarded)]);
    for (const format of formats) {
      const text = await report(format, result, {
        version: '0',
        color: false,
        width: 200,
        hyperlinks: false,
        showRendered: false,
        cwd: '/',
      });
      expect(text, format).toContain('not-judged');
      expect(text, format).toContain('The upgrade was not judged');
    }
  });
});

describe('--action', () => {
  /** Helm, with its arguments noted in a file beside it. */
  const noted = () => {
    const program = join(dirname(scratchChart({})), 'helm');
    writeFileSync(program, `#!/bin/sh\necho "$*" >> "${program}.log"\nexec "${helm}" "$@"\n`);
    chmodSync(program, 0o755);
    return { program, calls: () => (existsSync(`${program}.log`) ? readFileSync(`${program}.log`, 'utf8') : '') };
  };
  it('install never renders the upgrade', async () => {
    const { program, calls } = noted();
    const result = await run([scratchChart(guarded)], { helm: program, actions: ['install'] });
    expect([result.errors, said(result)]).toEqual([[], ['backoff-limit error install']]);
    expect(calls()).toContain('template');
    expect(calls()).not.toContain('--is-upgrade');
  });
  it('upgrade is not lost with an install that does not render', async () => {
    const chart = scratchChart({
      'templates/job.yaml': migrationJob(),
      'templates/guard.yaml': '{{ if .Release.IsInstall }}{{ fail "no more installs" }}{{ end }}\n',
    });
    const { errors, ...result } = await run([chart], { actions: ['upgrade'] });
    expect([errors, said({ errors, ...result })]).toEqual([
      [],
      ['not-judged warning upgrade', 'backoff-limit error upgrade'],
    ]);
    expect((await run([chart])).errors).toMatchObject([{ message: expect.stringContaining('no more installs') }]);
  });
});

it('names the values that Helm asks for, with the prefix of the subchart', () => {
  const asked = (message: string, file: string) => wantedValues(new HelmError(message, { kind: 'template', file }));
  const message = "'auth.rootPassword' must not be empty, please add '--set auth.rootPassword=$X' to the command";
  expect(asked(message, 'shop/templates/NOTES.txt')).toEqual(['auth.rootPassword']);
  expect(asked(message, 'shop/charts/mariadb/templates/secrets.yaml')).toEqual(['mariadb.auth.rootPassword']);
  expect(asked(message.replaceAll('auth.', 'mariadb.auth.'), 'shop/charts/mariadb/templates/s.yaml')).toEqual([
    'mariadb.auth.rootPassword',
  ]);
});

describe('scenarios', () => {
  const many = (count: number) =>
    scratchChart({
      'templates/job.yaml': migrationJob(),
      ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`ci/${index}-values.yaml`, '{}\n'])),
    });
  it('beyond --max-scenarios are counted', async () => {
    const result = await run([many(5)], { maxScenarios: 2 });
    expect(result.charts[0]!.scenarios).toEqual(['default', 'ci/0-values.yaml']);
    expect(result.charts[0]!.findings.map(({ message }) => message)).toContain(
      '4 of 6 scenarios were not judged: --max-scenarios is 2',
    );
    expect(result.summary.errors).toBe(2);
  });
  it('that the time does not suffice for are counted, and a chart of which none was linted is a finding', async () => {
    const now = vi.spyOn(Date, 'now');
    const begun = Date.now();
    now.mockReturnValueOnce(begun - 2_000_000);
    const { charts, errors } = await run([many(1)]);
    now.mockRestore();
    expect([errors, charts[0]!.findings]).toMatchObject([
      [],
      [
        {
          rule: 'not-judged',
          severity: 'error',
          message: '2 of 2 scenarios were not judged: the time limit of 600 s was reached',
        },
      ],
    ]);
  });
  it('that fail alike in all are one error', async () => {
    const chart = many(3);
    appendFileSync(
      join(chart, 'Chart.yaml'),
      'dependencies: [{name: redis, version: 1.0.0, repository: "https://charts.example.com"}]\n',
    );
    const { errors } = await run([chart]);
    expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(/redis; run: helm dependency build/)]);
  });
});

describe('an internal error', () => {
  it('says that it is one, and leaves the other rules and charts their findings', async () => {
    const rule = rules.find(({ id }) => id === 'hook-order')!;
    const broken = vi.spyOn(rule, 'check').mockImplementation(() => {
      throw new RangeError('Invalid string length');
    });
    const charts = [
      scratchChart({ 'templates/job.yaml': migrationJob() }),
      scratchChart({ 'templates/job.yaml': migrationJob() }),
    ];
    const result = await run(charts);
    broken.mockRestore();
    expect(said(result)).toEqual(Array(2).fill('backoff-limit error install,upgrade'));
    expect(result.errors).toMatchObject(
      charts.map(() => ({
        internal: true,
        message: expect.stringMatching(
          /rule hook-order: internal error in migrate-lint \d+\.\d+\.\d+: RangeError: Invalid string length; please report .*issues$/,
        ),
        detail: expect.stringContaining('\n    at '),
      })),
    );
  });
  it('is one line whatever was thrown', () => {
    for (const thrown of [new TypeError('a\nb'), 'text', undefined, null])
      expect(internalError(thrown)).not.toContain('\n');
  });
});

describe('names that differ in each render', () => {
  const random = migrationJob().replace('-migrate', '-migrate-{{ randAlphaNum 8 | lower }}');
  it('give one finding for install, upgrade and all scenarios', async () => {
    const chart = scratchChart({
      'templates/job.yaml': `# {{ .Release.IsUpgrade }}\n${random}`,
      'ci/a-values.yaml': '{}\n',
      'ci/b-values.yaml': '{}\n',
    });
    const { charts } = await run([chart], { only: ['backoff-limit'] });
    expect(charts[0]!.findings).toMatchObject([
      { actions: ['install', 'upgrade'], scenarios: ['default', 'ci/a-values.yaml', 'ci/b-values.yaml'] },
    ]);
  });
  it('leave two Jobs of one template two findings', async () => {
    const chart = scratchChart({
      'templates/job.yaml': `{{ range list "a" "b" }}{{ with $ }}\n---\n# {{ .Release.IsUpgrade }}\n${random}{{ end }}{{ end }}`,
    });
    const { charts } = await run([chart], { only: ['backoff-limit'] });
    expect(charts[0]!.findings.map(({ actions }) => actions)).toEqual(Array(2).fill(['install', 'upgrade']));
  });
});
