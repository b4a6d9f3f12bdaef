// The real chart-testing runs us for the charts of a repository that changed, with the configuration in the docs.
import { cpSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrationJob } from '../chart/scratch.ts';
import { helmBinary } from '../helm/binaries.ts';
import { docsBlocks, goTool, must, repositoryIn, run, scratchFolder, shellEnv } from './tools.ts';

const ct = goTool('ct', 'github.com/helm/chart-testing/v3/ct@v3.13.0');

describe.skipIf(!ct)('ct lint', () => {
  let repo: string;
  let env: NodeJS.ProcessEnv;
  let work: ReturnType<typeof repositoryIn>;
  // What ct checks itself needs files and programs of its own.
  const lint = () =>
    run(
      ct!,
      [
        'lint',
        '--config',
        'ct.yaml',
        '--validate-maintainers=false',
        '--validate-chart-schema=false',
        '--validate-yaml=false',
        '--check-version-increment=false',
      ],
      { cwd: repo, env },
    );

  beforeAll(async () => {
    const bin = scratchFolder();
    writeFileSync(
      join(bin, 'migrate-lint'),
      `#!/bin/sh\nexec '${process.execPath}' '${resolve('dist/cli.js')}' "$@"\n`,
      {
        mode: 0o755,
      },
    );
    const { path } = await helmBinary('4.2.3');
    env = shellEnv({ PATH: `${bin}:${dirname(path)}:${process.env['PATH']}` });
    const origin = scratchFolder();
    must('git', ['init', '--quiet', '--bare', '--initial-branch=main', origin], { env });
    repo = scratchFolder();
    must('git', ['clone', '--quiet', origin, repo], { env });
    must('git', ['checkout', '--quiet', '-B', 'main'], { cwd: repo, env });
    work = repositoryIn(repo, env);
    const [config] = docsBlocks('chart-testing', 'yaml');
    work.write('ct.yaml', config!);
    cpSync('fixtures/sql-migrate', join(repo, 'charts/shop'), { recursive: true });
    cpSync('fixtures/optscale', join(repo, 'charts/optscale'), { recursive: true });
    expect(work.commit().code).toBe(0);
    must('git', ['push', '--quiet', 'origin', 'main'], { cwd: repo, env });
    must('git', ['checkout', '--quiet', '-b', 'change'], { cwd: repo, env });
  });

  it('runs us for a chart that changed, and passes where we do', () => {
    work.write('charts/shop/README.md', 'Shop\n');
    expect(work.commit().code).toBe(0);
    const { code, stdout } = lint();
    expect([code, stdout]).toEqual([0, expect.stringContaining('1 chart, nothing to report')]);
    expect(stdout).not.toContain('optscale');
  });

  it('fails where we do, with the report', () => {
    work.write('charts/shop/templates/again.yaml', migrationJob());
    expect(work.commit().code).toBe(0);
    const { code, stdout } = lint();
    expect(code).toBe(1);
    expect(stdout).toMatch(/charts\/shop [^]*templates\/again\.yaml:\d+:\d+ +error +backoff-limit/);
    expect(stdout).toMatch(/✖.*shop.*failed/);
  });
});
