// What changed between two revisions of a chart: in plans, in the report for programs, and in what a reviewer reads on
// a pull request.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../chart/cli.ts';
import { scratchChart } from '../chart/scratch.ts';

interface HookSpec {
  events?: string;
  weight?: number;
  policy?: string;
  wait?: string;
}

const hook = (name: string, { events = 'pre-install,pre-upgrade', weight = 0, policy, wait }: HookSpec = {}) => `
apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
  annotations:
    helm.sh/hook: ${events}
    helm.sh/hook-weight: "${weight}"
${policy === undefined ? '' : `    helm.sh/hook-delete-policy: ${policy}\n`}spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: migrate, image: "example/migrate:1", command: [sh, -c, "${wait === undefined ? '' : `until nc -z ${wait} 80; do sleep 1; done; `}alembic upgrade head"] }]
`;
const service =
  'apiVersion: v1\nkind: Service\nmetadata: { name: db }\nspec: { selector: { app: db }, ports: [{ port: 80 }] }\n';
const chart = (files: Readonly<Record<string, string>>) =>
  scratchChart(Object.fromEntries(Object.entries(files).map(([name, text]) => [`templates/${name}.yaml`, text])));
const changesOf = (before: string, after: string, ...options: string[]) => {
  const { code, stdout, stderr } = run(['plan', after, '--from', before, '--format', 'json', ...options]);
  expect([code, stderr]).toEqual([0, '']);
  return (JSON.parse(stdout) as { plans: { changes: { from: string; outcomes: object[]; hooks: object[] } }[] })
    .plans[0]!.changes;
};
const linesOf = (before: string, after: string, ...options: string[]) => {
  const { stdout } = run(['plan', after, '--from', before, ...options]);
  const [first, ...lines] = stdout.split('\n\n')[0]!.split('\n');
  expect(first).toBe(`shop 1.0.0 · changes since ${before}`);
  return lines;
};

describe('plan --from', () => {
  it('names hooks that were added and removed', () => {
    const before = chart({ a: hook('a', { policy: 'hook-succeeded' }), b: hook('b') });
    const after = chart({ b: hook('b'), c: hook('c', { weight: 3, events: 'post-upgrade' }) });
    expect(linesOf(before, after)).toEqual([
      '+ Job/c: post-upgrade; weight 3; delete policy before-hook-creation (default)',
      '- Job/a: pre-install, pre-upgrade; weight 0; delete policy hook-succeeded',
    ]);
  });

  it('knows an ordinary Job that became a hook, and the reverse', () => {
    const plain = hook('a').replace(/ {2}annotations:\n(?: {4}.*\n)+/, '');
    const [before, after] = [chart({ a: plain }), chart({ a: hook('a') })];
    expect(linesOf(before, after)[0]).toBe(
      '+ Job/a: an ordinary resource before; pre-install, pre-upgrade; weight 0; delete policy',
    );
    expect(linesOf(after, before)).toEqual(['- Job/a: an ordinary resource now']);
  });

  it('names what changed in a hook', () => {
    const before = chart({ a: hook('a'), b: hook('b', { policy: 'hook-succeeded' }), c: hook('c') });
    const after = chart({
      a: hook('a', { weight: -5 }),
      b: hook('b', { policy: 'before-hook-creation,hook-succeeded' }),
      c: hook('c', { events: 'pre-upgrade' }),
    });
    expect(linesOf(before, after)).toEqual([
      '~ Job/a: weight 0 → -5',
      '~ Job/b: delete policy hook-succeeded → before-hook-creation, hook-succeeded',
      '~ Job/c: events pre-install, pre-upgrade → pre-upgrade',
    ]);
  });

  it('names the hooks that moved, and no others', () => {
    const before = chart({ a: hook('a', { weight: 1 }), b: hook('b', { weight: 2 }), c: hook('c', { weight: 3 }) });
    const after = chart({ a: hook('a', { weight: 1 }), b: hook('b', { weight: 9 }), c: hook('c', { weight: 3 }) });
    expect(linesOf(before, after)).toEqual(['~ Job/b: weight 2 → 9; now runs after Job/c']);
    expect(linesOf(after, before)).toEqual(['~ Job/b: weight 9 → 2; now runs after Job/a']);
  });

  it('names a hook of one action once', () => {
    const only = { events: 'pre-install' };
    const before = chart({ a: hook('a', { ...only, weight: 1 }), b: hook('b', { ...only, weight: 2 }) });
    const after = chart({ a: hook('a', { ...only, weight: 3 }), b: hook('b', { ...only, weight: 2 }) });
    expect(linesOf(before, after)).toEqual(['~ Job/a: weight 1 → 3; now runs after Job/b']);
  });

  it('knows a hook with a version in its name', () => {
    expect(linesOf(chart({ a: hook('migrate-1.0') }), chart({ a: hook('migrate-1.1', { weight: 1 }) }))).toEqual([
      '~ Job/migrate-1.1: named Job/migrate-1.0 → Job/migrate-1.1; weight 0 → 1',
    ]);
  });

  it('names the wave of a hook under Argo CD', () => {
    const waved = (wave: number) =>
      hook('a').replace('annotations:', `annotations:\n    argocd.argoproj.io/sync-wave: "${wave}"`);
    const [line] = linesOf(chart({ a: waved(0) }), chart({ a: waved(3) }), '--engine', 'argocd');
    expect(line).toMatch(/^~ Job\/a: .*wave 0.* → .*wave 3/);
  });

  it('says that a release passed and now stops, and the reverse', () => {
    const passing = chart({ a: hook('a'), db: service });
    const hanging = chart({ a: hook('a', { wait: 'db' }), db: service });
    expect(linesOf(passing, hanging)[0]).toBe(
      '✗ install passed before, now hangs: pre-install hook Job/a waits for Service/db (created later)',
    );
    expect(linesOf(hanging, passing)[0]).toBe('✓ install stopped before, now passes');
    expect(changesOf(passing, hanging).outcomes).toEqual([
      {
        action: 'install',
        before: { action: 'install', state: 'passes', text: 'passes' },
        after: { action: 'install', state: 'stops', text: expect.stringMatching(/^hangs: /) },
      },
    ]);
    // What the last revision has is there for the upgrade.
    const more = chart({ a: hook('a', { wait: 'db' }) });
    expect(linesOf(passing, more, '--action', 'upgrade')).toEqual([
      'none: the hooks are as they were, and each action ends as before',
    ]);
  });

  it('says that nothing changed', () => {
    const same = chart({ a: hook('a') });
    expect(linesOf(same, same)).toEqual(['none: the hooks are as they were, and each action ends as before']);
    expect(changesOf(same, same)).toEqual({ from: same, outcomes: [], hooks: [] });
  });

  it('marks changed hooks in drawings', () => {
    const [before, after] = [chart({ a: hook('a') }), chart({ a: hook('a', { weight: 2 }), b: hook('b') })];
    const drawn = (format: string) => run(['plan', after, '--from', before, '--format', format]).stdout;
    expect(drawn('mermaid')).toMatch(
      /"Job\/a \(weight 2, changed\)"[^]*"Job\/b \(added\)"|"Job\/b \(added\)"[^]*"Job\/a \(weight 2, changed\)"/,
    );
    expect(drawn('dot')).toContain('label="Job/b (added)"');
    expect(drawn('html')).toContain('"weight 0 → 2"');
  });

  it('says in a line that the revision does not have the chart', () => {
    const folder = repository({ a: hook('a') });
    const other = join(folder, 'other');
    cpSync(chart({ b: hook('b') }), other, { recursive: true });
    const { code, stdout, stderr } = run(['plan', other, '--from', 'HEAD']);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^migrate-lint: \S*\/other: HEAD does not have this chart: nothing to upgrade from\n$/),
    ]);
    expect(stdout).toMatch(/^shop 1\.0\.0 · install/);
  });

  it('refuses a revision that is none', () => {
    const { code, stdout, stderr } = run(['plan', chart({ a: hook('a') }), '--from', '/nowhere']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^migrate-lint: [^\n]*\/nowhere[^\n]*\n$/);
  });
});

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A repository with a chart in `chart/`. */
function repository(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-from-'));
  folders.push(folder);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      stdio: 'pipe',
    });
  git('init', '--quiet', '--initial-branch=main');
  cpSync(chart(files), join(folder, 'chart'), { recursive: true });
  git('add', '--all');
  git('commit', '--quiet', '--message=first');
  return folder;
}

describe('the lint report', () => {
  it('holds how each action ends, and what changed, for programs', () => {
    const [before, after] = [
      chart({ a: hook('a'), db: service }),
      chart({ a: hook('a', { wait: 'db', weight: 1 }), db: service }),
    ];
    const json = (...args: string[]) =>
      JSON.parse(run([after, '--format', 'json', ...args]).stdout) as { charts: [Record<string, unknown>] };
    const report = json('--from', before);
    const valid = new Ajv({ strict: false }).compile(
      JSON.parse(readFileSync('schema/report.schema.json', 'utf8')) as object,
    );
    expect([valid(report), valid.errors]).toEqual([true, null]);
    expect(report.charts[0]['outcomes']).toEqual([
      { action: 'install', state: 'stops', text: 'hangs: pre-install hook Job/a waits for Service/db (created later)' },
      { action: 'upgrade', state: 'passes', text: 'passes' },
    ]);
    expect(report.charts[0]['changes']).toMatchObject({
      from: before,
      outcomes: [{ action: 'install' }],
      hooks: [{ type: 'changed', hook: 'Job/a', changes: ['weight 0 → 1'] }],
    });
    expect(json().charts[0]).not.toHaveProperty('changes');
    expect(json('--rule', 'hook-deadlock').charts[0]).not.toHaveProperty('outcomes');
  });

  it('tells a reviewer what changed, in Markdown and in the summary of a GitHub job', () => {
    const folder = repository({ a: hook('a', { policy: 'hook-succeeded' }), gone: hook('gone'), db: service });
    rmSync(join(folder, 'chart/templates/gone.yaml'));
    cpSync(
      join(chart({ a: hook('a', { policy: 'hook-succeeded', wait: 'db' }) }), 'templates'),
      join(folder, 'chart/templates'),
      { recursive: true },
    );
    const expected = [
      'Rollout since `main`:',
      '',
      '- 🛑 install passed before, now hangs: pre-install hook Job/a waits for Service/db (created later)',
      '- ➖ removed Job/gone: pre-install, pre-upgrade; weight 0; delete policy before-hook-creation (default)',
      '',
    ].join('\n');
    const { stdout } = run([join(folder, 'chart'), '--from', 'main', '--format', 'markdown']);
    expect(stdout.replace(/<\/?code>/g, '`')).toContain(expected);
    const summary = join(folder, 'summary.md');
    run([join(folder, 'chart'), '--from', 'main'], { env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary } });
    expect(readFileSync(summary, 'utf8')).toContain('now hangs');
  });

  it('shows in Markdown what became better too', () => {
    const [before, after] = [
      chart({ a: hook('a', { wait: 'db' }), db: service }),
      chart({ a: hook('a'), db: service }),
    ];
    const { stdout } = run([after, '--from', before, '--format', 'markdown']);
    expect(stdout).toContain('nothing to report');
    expect(stdout).toContain('- ✅ install stopped before, now passes');
  });
});
