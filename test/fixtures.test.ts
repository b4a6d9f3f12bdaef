// The charts of the mission's sources, each with its verdict.
import { beforeAll, describe, expect, it } from 'vitest';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { helmBinary, helmVersions } from './helm/binaries.ts';

const optscale = (variant: string) => ({
  paths: ['fixtures/optscale'],
  valuesFiles: [`fixtures/optscale/variants/${variant}-values.yaml`],
});
const chart = (name: string) => ({ paths: [`fixtures/${name}`] });
const jobs = [
  'auth',
  'diworker',
  'gemini-worker',
  'herald',
  'insider-worker',
  'jira-bus',
  'katara',
  'metroculusworker',
  'restapi',
  'risp-worker',
  'slacker',
];

describe.each(helmVersions)('Helm %s', (version) => {
  let env: LintOptions['env'];
  beforeAll(async () => {
    env = { ...process.env, HELM_BIN: (await helmBinary(version)).path };
  });
  const verdict = async (options: Pick<LintOptions, 'paths' | 'valuesFiles'> & Partial<LintOptions>) => {
    const { charts, errors } = await lint({ cwd: '.', env, ...options });
    expect(errors).toEqual([]);
    return charts[0]!.findings;
  };
  const counted = async (options: Parameters<typeof verdict>[0]) => {
    const counts: Record<string, number> = {};
    for (const { rule, severity } of await verdict(options))
      if (severity !== 'info') counts[`${rule} ${severity}`] = (counts[`${rule} ${severity}`] ?? 0) + 1;
    return counts;
  };

  it('optscale: eleven hooks wait for elk, six need a Secret that is not there yet; at an upgrade both exist', async () => {
    const findings = await verdict(chart('optscale'));
    const deadlocks = findings.filter(({ rule }) => rule === 'hook-deadlock');
    expect(deadlocks.map(({ resource }) => resource.name).sort()).toEqual(jobs.map((name) => `${name}-migrations`));
    for (const { message, because, actions } of deadlocks) {
      expect(message).toMatch(
        /waits for Service\/elk, but Helm creates it only after the hook; next blockers: Service\/etcd-client/,
      );
      expect(because.map((link) => link.message)[1]).toBe(
        'Service/elk is created with the release, after every pre-install hook',
      );
      expect(actions).toEqual(['install']);
    }
    expect(await counted(chart('optscale'))).toEqual({ 'hook-deadlock error': 11, 'hook-reference error': 6 });
  });
  it('optscale with elk off: etcd-client blocks all eleven', async () => {
    expect(await counted(optscale('no-elk'))).toEqual({ 'hook-deadlock error': 11, 'hook-reference error': 6 });
    expect(
      (await verdict(optscale('no-elk'))).filter(({ message }) => /waits for Service\/etcd-client/.test(message)),
    ).toHaveLength(11);
  });
  it.each(['jobs', 'post-hooks', 'none'])('optscale, cured or without migrations: %s', async (variant) =>
    expect(await counted(optscale(variant))).toEqual({}),
  );
  it('atlas: a name that carries the time', async () =>
    expect(await counted(chart('atlas'))).toEqual({ 'hook-delete-policy warning': 1 }));
  it('sql-migrate, stage one: three replicas migrate at once', async () =>
    expect(await counted(chart('sql-migrate-init'))).toEqual({
      'concurrent-migrations warning': 1,
      'one-hook-job warning': 1,
    }));
  it('sql-migrate, stage two: the ConfigMap is there too late, and holds the password', async () => {
    expect(await counted(chart('sql-migrate-configmap'))).toEqual({ 'hook-reference error': 1 });
    expect(await counted({ ...chart('sql-migrate-configmap'), preset: 'strict' })).toMatchObject({
      'plaintext-credential warning': 1,
    });
  });
  it('sql-migrate, stage three: nothing', async () => expect(await counted(chart('sql-migrate'))).toEqual({}));
  it('wait-for-job, with the rights to wait and without', async () => {
    expect(await counted(chart('wait-for-job'))).toEqual({});
    expect(await counted(chart('wait-for-job-without-rbac'))).toEqual({ 'wait-permission warning': 1 });
  });
});
