// Promises about git: what a repository, or a folder that poses as one, can make us do. Each is the attack itself.
import { chmodSync, cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../chart/cli.ts';
import { chartYaml, goodJob, hookJob, Scratch } from './repository.ts';

/** Files that make a folder a bare repository for git, with a config that runs a program. */
const bare = (here: Scratch, config: string) => ({
  HEAD: 'ref: refs/heads/main\n',
  'refs/heads/.keep': '',
  'objects/aa/.keep': '',
  config: `[core]\n\trepositoryformatversion = 1\n\tbare = false\n\tworktree = ../..\n${config.replaceAll('MARKER', here.marker)}`,
});

const promisor = `[extensions]\n\tpartialClone = p\n[remote "p"]\n\turl = /no/such\n\tpromisor = true\n\tuploadpack = "touch MARKER;"\n`;

const inFolder = (folder: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));

const shop = (here: Scratch) =>
  here.write({ 'charts/shop/Chart.yaml': chartYaml(), 'charts/shop/templates/job.yaml': goodJob });

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

describe('does not run what a bare repository in the chart names', () => {
  it('a promisor remote, at --from', () => {
    const here = shop(new Scratch()).write(inFolder('charts/shop', {}));
    here.write(inFolder('charts/shop', bare(here, promisor)));
    const commit = here.commit();
    const { code, stdout } = run(['charts/shop', '--from', commit], { cwd: here.root });
    expect(here.attacked).toBe(false);
    expect([code, stdout]).toEqual([0, '1 chart, nothing to report\n']);
  });

  it('a promisor remote, at the `from` of a found policy', () => {
    const here = shop(new Scratch());
    const first = here.commit();
    here.write(inFolder('charts/shop', bare(here, promisor)));
    here.write({ 'charts/shop/.migrate-lint.yaml': `scenarios: [{ name: x, from: ${first} }]\n` }).commit();
    expect(run(['charts/shop'], { cwd: here.root }).code).toBe(0);
    expect(here.attacked).toBe(false);
  });

  it('a smudge filter, at --from', () => {
    const here = shop(new Scratch());
    here.write(
      inFolder('charts/shop', {
        ...bare(here, '\tworktree = .\n[filter "x"]\n\tsmudge = "touch MARKER; cat"\n'),
        'info/attributes': '* filter=x\n',
        'objects/info/alternates': '../../../.git/objects\n',
      }),
    );
    const commit = here.commit();
    expect(run(['charts/shop', '--from', commit], { cwd: here.root }).code).toBe(0);
    expect(here.attacked).toBe(false);
  });

  it('core.fsmonitor, at --changed-since in that folder', () => {
    const here = shop(new Scratch());
    const first = here.commit();
    here.write(
      inFolder('charts/shop', {
        ...bare(here, '\tfsmonitor = "touch MARKER; false"\n'),
        'objects/info/alternates': '../../../.git/objects\n',
      }),
    );
    writeFileSync(join(here.root, 'charts/shop/HEAD'), `${here.commit()}\n`);
    cpSync(join(here.root, '.git/index'), join(here.root, 'charts/shop/index'));
    run(['.', '--changed-since', first], { cwd: join(here.root, 'charts/shop') });
    expect(here.attacked).toBe(false);
  });
});

describe("does not run what the repository's own config names", () => {
  // An archive, an artifact or a cache can hold a whole `.git`.
  const cases: [string, (here: Scratch) => void][] = [
    ['core.fsmonitor', (here) => here.git('config', 'core.fsmonitor', `touch ${here.marker}; false`)],
    [
      'a clean filter of .gitattributes',
      (here) => {
        here.git('config', 'filter.x.clean', `touch ${here.marker}; cat`);
        here.write({ '.gitattributes': '* filter=x\n' });
      },
    ],
    [
      'textconv and an external diff',
      (here) => {
        here.git('config', 'diff.external', `touch ${here.marker};`);
        here.git('config', 'diff.x.textconv', `touch ${here.marker};`);
        here.write({ '.gitattributes': '* diff=x\n' });
      },
    ],
    [
      'an included file',
      (here) => {
        writeFileSync(join(here.outside, 'more'), `[core]\n\tfsmonitor = "touch ${here.marker}; false"\n`);
        here.git('config', 'include.path', join(here.outside, 'more'));
      },
    ],
    [
      'a hook',
      (here) => {
        for (const name of ['post-index-change', 'reference-transaction', 'post-checkout']) {
          writeFileSync(join(here.root, '.git/hooks', name), `#!/bin/sh\ntouch ${here.marker}\n`);
          chmodSync(join(here.root, '.git/hooks', name), 0o755);
        }
      },
    ],
  ];
  it.each(cases)('%s', (_, prepare) => {
    const here = shop(new Scratch());
    const first = here.commit();
    prepare(here);
    here.write({ 'charts/shop/templates/job.yaml': goodJob.replace('1.0.0', '1.0.1') });
    expect(run(['charts', '--changed-since', first], { cwd: here.root }).stdout).toBe('1 chart, nothing to report\n');
    expect(here.attacked).toBe(false);
  });
});

it("does not run a submodule's core.fsmonitor", () => {
  const library = shop(new Scratch('library'));
  library.commit();
  const here = new Scratch();
  here.git('submodule', 'add', '-q', library.root, 'library');
  const first = here.commit();
  here.gitIn('library', 'config', 'core.fsmonitor', `touch ${here.marker}; false`);
  here.write({ 'library/charts/shop/values.yaml': 'a: 1\n' });
  expect(run(['.', '--changed-since', first], { cwd: here.root }).stdout).toBe('1 chart, nothing to report\n');
  expect(here.attacked).toBe(false);
});

it('does not run a git that the checkout brings along', () => {
  // npm and npx put node_modules/.bin of the working directory in front of PATH.
  const here = shop(new Scratch()).write({
    'node_modules/.bin/git': '#!/bin/sh\ntouch "$0.ran"\n',
    'bin/git': '#!/bin/sh\ntouch "$0.ran"\n',
  });
  for (const name of ['node_modules/.bin/git', 'bin/git']) chmodSync(join(here.root, name), 0o755);
  const commit = here.commit();
  const PATH = [join(here.root, 'node_modules/.bin'), './bin', process.env['PATH']].join(delimiter);
  run(['charts/shop', '--from', commit], { cwd: here.root, env: { PATH } });
  run(['charts/shop', '--changed-since', commit], { cwd: here.root, env: { PATH } });
  expect(here.git('status', '--porcelain', '--ignored')).toBe('');
});

describe('is not redirected by the environment', () => {
  it.each([
    ['GIT_EXTERNAL_DIFF', (here: Scratch) => ({ GIT_EXTERNAL_DIFF: `touch ${here.marker};` })],
    ['GIT_DIR', (here: Scratch) => ({ GIT_DIR: join(here.outside, 'none'), GIT_WORK_TREE: here.outside })],
    [
      'GIT_CONFIG_COUNT',
      (here: Scratch) => ({
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'core.fsmonitor',
        GIT_CONFIG_VALUE_0: `touch ${here.marker}; false`,
      }),
    ],
    [
      "the user's config",
      (here: Scratch) => {
        writeFileSync(join(here.outside, '.gitconfig'), `[core]\n\tfsmonitor = "touch ${here.marker}; false"\n`);
        return { HOME: here.outside, XDG_CACHE_HOME: join(process.env['HOME'] ?? '/root', '.cache') };
      },
    ],
  ])('%s', (_, env) => {
    const here = shop(new Scratch());
    const first = here.commit();
    here.write({ 'charts/shop/values.yaml': 'a: 1\n' }).commit();
    const { code, stdout } = run(['charts', '--changed-since', first], { cwd: here.root, env: env(here) });
    expect([code, stdout]).toEqual([0, '1 chart, nothing to report\n']);
    expect(here.attacked).toBe(false);
  });
});

describe('does not take another repository for the one it runs in', () => {
  it('a `.git` folder in the chart, out of an archive', () => {
    const here = shop(new Scratch());
    const first = here.commit();
    here.write({ 'charts/shop/templates/job.yaml': hookJob() });
    here.gitIn('charts/shop', 'init', '-q', '-b', 'main');
    here.gitIn('charts/shop', 'add', '-A');
    here.gitIn('charts/shop', 'commit', '-qm', 'x');
    here.gitIn('charts/shop', 'config', 'core.fsmonitor', `touch ${here.marker}; false`);
    const { code, stdout } = run(['charts', '--changed-since', first], { cwd: here.root });
    expect([code, stdout]).toEqual([1, expect.stringContaining('backoff-limit')]);
    expect(here.attacked).toBe(false);
  });

  it('a `.git` file in the chart that leads to one', () => {
    const here = shop(new Scratch());
    here.commit();
    here.write({ 'evil/x': '' });
    here.gitIn('evil', 'init', '-q');
    here.write({ 'charts/shop/.git': 'gitdir: ../../evil/.git\n', 'charts/shop/templates/job.yaml': hookJob() });
    const { code, stdout } = run(['charts', '--changed-since', 'main'], { cwd: here.root });
    expect([code, stdout]).toEqual([1, expect.stringContaining('backoff-limit')]);
  });

  it('replace refs and grafts', () => {
    const here = shop(new Scratch());
    const first = here.commit();
    const second = here.write({ 'charts/shop/templates/job.yaml': hookJob() }).commit();
    here.git('replace', first, second);
    const { code, stdout } = run(['charts', '--changed-since', first], { cwd: here.root });
    expect([code, stdout]).toEqual([1, expect.stringContaining('backoff-limit')]);
  });
});

describe('does not take another commit for the one that is named', () => {
  it('a ref that is an option', () => {
    const here = shop(new Scratch());
    here.commit();
    const { code, stderr } = run(['charts', `--changed-since=--output=${here.marker}`], { cwd: here.root });
    expect([code, stderr]).toEqual([2, expect.stringContaining('is no git ref')]);
    expect(here.attacked).toBe(false);
  });

  it('a branch that is called like the branch of a remote', () => {
    const here = shop(new Scratch());
    const first = here.commit();
    here.git('update-ref', 'refs/remotes/origin/main', first);
    here.git('checkout', '-qb', 'origin/main');
    here.write({ 'charts/shop/templates/job.yaml': hookJob() }).commit();
    const { code, stderr } = run(['charts', '--changed-since', 'origin/main'], { cwd: here.root });
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/"origin\/main" is ambiguous: refs\/heads\/origin\/main, /),
    ]);
    expect(run(['charts', '--changed-since', 'refs/remotes/origin/main'], { cwd: here.root }).code).toBe(1);
  });

  it('a folder that is called like the ref of --from', () => {
    const here = shop(new Scratch()).write(
      inFolder('charts/shop', { 'templates/job.yaml': hookJob('  backoffLimit: 1\n') }),
    );
    const first = here.commit();
    here.git('checkout', '-qb', 'work');
    for (const name of ['main', first])
      cpSync(join(here.root, 'charts/shop'), join(here.root, name), { recursive: true });
    const { code, stderr } = run(['charts/shop', '--from', 'main'], { cwd: here.root });
    expect([code, stderr]).toEqual([2, expect.stringContaining('"main" is both a path and a git ref: write ./main')]);
    expect(run(['charts/shop', '--from', './main'], { cwd: here.root }).code).toBe(0);
  });
});

describe("does not write through, or out of, a commit's tree", () => {
  /** A tree made by hand, as git itself would not. */
  const tree = (here: Scratch, entries: [mode: string, name: string, object: string][]) => {
    const bytes = Buffer.concat(
      entries.map(([mode, name, object]) =>
        Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(object, 'hex')]),
      ),
    );
    const file = join(here.outside, 'tree');
    writeFileSync(file, bytes);
    return here.git('hash-object', '-t', 'tree', '-w', '--literally', file);
  };

  it('..', () => {
    const here = shop(new Scratch());
    here.commit();
    const blob = here.git('rev-parse', 'HEAD:charts/shop/Chart.yaml');
    const up = tree(here, [['100644', 'migrate-lint-attack-marker', blob]]);
    const chart = tree(here, [
      ['40000', '..', up],
      ['100644', 'Chart.yaml', blob],
    ]);
    const charts = tree(here, [['40000', 'shop', chart]]);
    const commit = here.git('commit-tree', '-m', 'x', tree(here, [['40000', 'charts', charts]]));
    const { code, stderr } = run(['charts/shop', '--from', commit], { cwd: here.root });
    expect([code, stderr]).toEqual([2, expect.stringContaining('the commit has a path that leads elsewhere')]);
  });

  it('a link in the way of a file, in a tree with both', () => {
    const here = shop(new Scratch());
    here.commit();
    const blob = here.git('rev-parse', 'HEAD:charts/shop/Chart.yaml');
    writeFileSync(join(here.outside, 'target'), here.outside);
    const link = here.git('hash-object', '-w', join(here.outside, 'target'));
    const inner = tree(here, [['100644', 'marker', blob]]);
    const chart = tree(here, [
      ['100644', 'Chart.yaml', blob],
      ['120000', 'templates', link],
      ['40000', 'templates', inner],
    ]);
    const charts = tree(here, [['40000', 'shop', chart]]);
    const commit = here.git('commit-tree', '-m', 'x', tree(here, [['40000', 'charts', charts]]));
    run(['charts/shop', '--from', commit], { cwd: here.root });
    expect(here.attacked).toBe(false);
  });

  it('a link of the old commit that leads out of the repository is not followed', () => {
    const here = shop(new Scratch());
    writeFileSync(join(here.outside, 'secret'), 'TOKEN-1234\n');
    symlinkSync(join(here.outside, 'secret'), join(here.root, 'charts/shop/secret'));
    here.write({
      'charts/shop/templates/x.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Files.Get "secret" | default "none" | trim | lower }}\n`,
    });
    const commit = here.commit();
    here.git('rm', '-q', 'charts/shop/secret');
    const { code, stdout } = run(['charts/shop', '--from', commit, '--format', 'json'], { cwd: here.root });
    expect(code).toBe(0);
    expect(stdout).not.toContain('token-1234');
  });
});

it('follows links of the old commit within it, and submodules', () => {
  const library = new Scratch('library').write({
    'Chart.yaml': chartYaml('library'),
    'templates/a.yaml': configMap('library'),
  });
  library.commit();
  const here = new Scratch().write({
    'charts/shop/Chart.yaml': `${chartYaml()}dependencies: [{ name: library, version: 1.0.0 }]\n`,
    'common/config.yaml': configMap('shared'),
    'charts/shop/templates/job.yaml': goodJob,
  });
  symlinkSync('../../../common/config.yaml', join(here.root, 'charts/shop/templates/shared.yaml'));
  here.git('submodule', 'add', '-q', library.root, 'charts/shop/charts/library');
  const first = here.commit();
  const { code, stdout, stderr } = run(['charts/shop', '--from', first, '--verbose'], { cwd: here.root });
  expect([code, stdout, stderr]).toEqual([0, '1 chart, nothing to report\n', expect.not.stringContaining('left out')]);
});

describe('a linked worktree and a clone that is cut off', () => {
  it('is read as git reads it', () => {
    const here = shop(new Scratch());
    const first = here.commit();
    here.git('worktree', 'add', '-q', join(here.root, 'tree'), '-b', 'work');
    writeFileSync(join(here.root, 'tree/charts/shop/templates/job.yaml'), hookJob());
    const cwd = join(here.root, 'tree');
    expect(run(['charts', '--changed-since', 'main'], { cwd }).code).toBe(1);
    expect(run(['charts', '--changed-since', first], { cwd }).code).toBe(1);
    expect(run(['charts/shop', '--from', 'main'], { cwd }).code).toBe(1);
  });

  it('names the depth of a shallow clone', () => {
    const origin = shop(new Scratch());
    const first = origin.commit();
    origin.commit();
    const here = new Scratch('clone');
    here.git('clone', '-q', '--depth', '1', `file://${origin.root}`, 'shallow');
    const { code, stderr } = run(['charts/shop', '--from', first], { cwd: join(here.root, 'shallow') });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/is not a commit .*shallow.*fetch-depth: 0/)]);
    expect(run(['charts', '--changed-since', first], { cwd: join(here.root, 'shallow') }).stderr).toMatch(
      /shallow.*fetch-depth: 0/,
    );
  });
});
