// The hook as people use it: the real pre-commit installs it out of a git repository and runs it at `git commit`.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrationJob } from '../chart/scratch.ts';
import { helmBinary } from '../helm/binaries.ts';
import {
  checkoutCopy,
  docsBlocks,
  must,
  packageJson,
  pythonTools,
  repositoryIn,
  run,
  scratchFolder,
  shellEnv,
} from './tools.ts';

const programs = pythonTools('pre-commit', ['pre-commit==4.7.0']);

describe.skipIf(!programs)('pre-commit', () => {
  const preCommit = join(programs ?? '', 'pre-commit');
  let repo: string;
  let env: NodeJS.ProcessEnv;
  let work: ReturnType<typeof repositoryIn>;
  const commit = () => {
    const { code, stdout, stderr } = work.commit();
    return { code, text: stdout + stderr };
  };

  beforeAll(async () => {
    repo = scratchFolder();
    env = shellEnv({ PRE_COMMIT_HOME: scratchFolder(), HELM_BIN: (await helmBinary('4.2.3')).path });
    work = repositoryIn(repo, env);
    const [config] = docsBlocks('pre-commit', 'yaml');
    expect(config).toContain(`rev: v${packageJson().version}`);
    must('git', ['init', '--quiet', '--initial-branch=main'], { cwd: repo, env });
    work.write('.pre-commit-config.yaml', config!.replace(/repo: .*/, `repo: ${checkoutCopy()}`));
    must(preCommit, ['install'], { cwd: repo, env });
    must(preCommit, ['install-hooks'], { cwd: repo, env });
  });

  it('takes the manifest and the configuration in the docs', () => {
    must(preCommit, ['validate-manifest', '.pre-commit-hooks.yaml']);
    must(preCommit, ['validate-config', join(repo, '.pre-commit-config.yaml')]);
  });

  it('passes over a commit outside charts', () => {
    work.write('README.md', 'Shop\n');
    expect(commit()).toMatchObject({
      code: 0,
      text: expect.stringMatching(/migrate-lint\.+\(no files to check\)Skipped/),
    });
    for (const path of ['app/templates/mail.html', 'ci/deploy.yml', 'files/logo.svg']) work.write(path, 'a: 1\n');
    expect(commit()).toMatchObject({ code: 0, text: expect.stringMatching(/migrate-lint\.+Passed/) });
  });

  it('refuses a commit with a finding, and shows it', () => {
    work.write('charts/shop/Chart.yaml', 'apiVersion: v2\nname: shop\nversion: 1.0.0\n');
    work.write('charts/shop/templates/job.yaml', migrationJob());
    const { code, text } = commit();
    expect(code).toBe(1);
    expect(text).toMatch(/migrate-lint\.+Failed\n- hook id: migrate-lint\n- exit code: 1\n/);
    expect(text).toMatch(/charts\/shop \(shop 1\.0\.0\)[^]*templates\/job\.yaml:7:1 +error +backoff-limit/);
    expect(run('git', ['log', '--oneline', '--', 'charts'], { cwd: repo, env }).stdout).toBe('');
  });

  it('takes the commit once it is fixed', () => {
    work.write('charts/shop/templates/job.yaml', migrationJob().replace('spec:\n', 'spec:\n  backoffLimit: 1\n'));
    expect(commit()).toMatchObject({ code: 0, text: expect.stringMatching(/migrate-lint\.+Passed/) });
  });

  it('says what is wrong with a chart that does not render', () => {
    work.write('charts/shop/templates/job.yaml', 'a: {{ .Values.b.c.d }}\n');
    expect(commit()).toMatchObject({
      code: 1,
      text: expect.stringMatching(/- exit code: 2\n[\s\S]*templates\/job\.yaml:1/),
    });
  });
});
