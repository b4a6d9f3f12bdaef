// --cache: a chart whose inputs did not change is not linted again; whatever changes, the result is that of a run
// without the cache.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { run } from './chart/cli.ts';
import { helmBinary } from './helm/binaries.ts';

const outside = realpathSync(mkdtempSync(join(tmpdir(), 'migrate-lint-cache-')));
const cwd = join(outside, 'repository');
const cache = join(outside, 'results');
let options: LintOptions;

const files: Readonly<Record<string, string>> = {
  '.migrate-lint.yaml': 'extends: ./team.yaml\nignore:\n  - files: [nothing.yaml]\n    until: 2099-01-01\n',
  'team.yaml': 'rules:\n  backoff-limit: warning\n',
  'strict.yaml': 'extends: strict\n',
  'prod.yaml': 'image: shop:2\n',
  'shared/notes.txt': 'a\n',
  'lib/Chart.yaml':
    'apiVersion: v2\nname: lib\nversion: 1.0.0\ndependencies:\n  - name: base\n    version: 1.0.0\n    repository: file://../base\n',
  'lib/templates/_names.tpl': '{{- define "lib.name" }}migrate{{ end }}\n',
  'base/Chart.yaml': 'apiVersion: v2\nname: base\nversion: 1.0.0\n',
  'base/templates/account.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: base\n',
  'shop/Chart.yaml':
    'apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n  - name: lib\n    version: 1.0.0\n    repository: file://../lib\n',
  'shop/.helmignore': '*.bak\n',
  'shop/values.yaml': 'image: shop:1\n',
  'shop/templates/job.yaml': `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "lib.name" . }}
  annotations:
    helm.sh/hook: pre-install
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: main
          image: {{ .Values.image }}
          command: [alembic, upgrade, head]
`,
};
const at = (path: string) => join(cwd, path);
const write = (path: string, text: string) => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};

beforeAll(async () => {
  for (const [path, text] of Object.entries(files)) write(path, text);
  symlinkSync('../shared', at('shop/files'));
  execFileSync('git', ['init', '-q', cwd]);
  const { path } = await helmBinary('4.2.3');
  options = {
    paths: ['shop'],
    cwd,
    env: { HELM_BIN: path, HOME: outside, PATH: process.env['PATH'] },
    valuesFiles: ['prod.yaml'],
    cache,
  };
});
afterAll(() => rmSync(outside, { recursive: true, force: true }));

/** As many runs with the cache as asked for, which must say the same as one without; how many results each found. */
async function cached(more: Partial<LintOptions> = {}, runs = 2): Promise<(number | undefined)[]> {
  const plain = await lint({ ...options, ...more, cache: undefined });
  const found = [];
  for (let left = runs; left > 0; left -= 1) {
    const { cached: count, ...result } = await lint({ ...options, ...more });
    expect(result).toEqual(plain);
    found.push(count);
  }
  return found;
}

it('has a chart with something to report, and keeps what it found', async () => {
  expect(await cached()).toEqual([0, 1]);
  const { charts } = await lint(options);
  expect(charts[0]!.findings.map(({ rule }) => rule)).toContain('backoff-limit');
});

const edits: Readonly<Record<string, { change: () => void; undo: () => void }>> = {
  ...Object.fromEntries(
    Object.entries(files)
      .filter(([path]) => path !== 'strict.yaml')
      .map(([path, text]) => [
        `${path} changes`,
        { change: () => write(path, `# another\n${text}`), undo: () => write(path, text) },
      ]),
  ),
  'a template is added': {
    change: () => write('shop/templates/more.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\n'),
    undo: () => rmSync(at('shop/templates/more.yaml')),
  },
  'a template is renamed': {
    change: () => renameSync(at('shop/templates/job.yaml'), at('shop/templates/task.yaml')),
    undo: () => renameSync(at('shop/templates/task.yaml'), at('shop/templates/job.yaml')),
  },
  'a template is gone': {
    change: () => rmSync(at('shop/templates/job.yaml')),
    undo: () => write('shop/templates/job.yaml', files['shop/templates/job.yaml']!),
  },
  'a folder is added': {
    change: () => mkdirSync(at('shop/empty')),
    undo: () => rmSync(at('shop/empty'), { recursive: true }),
  },
  'values for ci are added': {
    change: () => write('shop/ci/two-values.yaml', 'image: shop:3\n'),
    undo: () => rmSync(at('shop/ci'), { recursive: true }),
  },
  'a link leads elsewhere': {
    change: () => (rmSync(at('shop/files')), symlinkSync('../lib', at('shop/files'))),
    undo: () => (rmSync(at('shop/files')), symlinkSync('../shared', at('shop/files'))),
  },
  'a dependency is vendored': {
    change: () => {
      write('shop/charts/lib/Chart.yaml', files['base/Chart.yaml']!.replace('base', 'lib'));
      write('shop/charts/lib/templates/_names.tpl', files['lib/templates/_names.tpl']!);
    },
    undo: () => rmSync(at('shop/charts'), { recursive: true }),
  },
  'a policy nearer to the chart is added': {
    change: () => write('shop/.migrate-lint.yaml', 'rules:\n  backoff-limit: off\n'),
    undo: () => rmSync(at('shop/.migrate-lint.yaml')),
  },
  'the policy is gone': {
    change: () => rmSync(at('.migrate-lint.yaml')),
    undo: () => write('.migrate-lint.yaml', files['.migrate-lint.yaml']!),
  },
  'it is a repository': {
    change: () => mkdirSync(at('shop/.git')),
    undo: () => rmSync(at('shop/.git'), { recursive: true }),
  },
};

describe('is linted again where', () => {
  it.each(Object.entries(edits))('%s', async (_, { change, undo }) => {
    const copy = mkdtempSync(join(outside, 'copy-'));
    cpSync(cache, copy, { recursive: true });
    expect((await lint({ ...options, cache: copy })).cached).toBe(1);
    change();
    try {
      expect(await cached({ cache: copy }, 1)).toEqual([0]);
    } finally {
      undo();
    }
  });

  it('the program that is Helm changes', async () => {
    const helm = join(outside, 'helm');
    copyFileSync(options.env['HELM_BIN']!, helm);
    const own = { helm };
    expect(await cached(own)).toEqual([0, 1]);
    appendFileSync(helm, '\n');
    expect(await cached(own)).toEqual([0, 1]);
  });

  it('what stands in for Helm calls itself otherwise', async () => {
    const helm = join(outside, 'stand-in');
    const named = join(outside, 'version');
    writeFileSync(named, 'v4.2.3\n');
    writeFileSync(helm, `#!/bin/sh\n[ "$1" = version ] && exec cat ${named}\nexec ${options.env['HELM_BIN']} "$@"\n`);
    chmodSync(helm, 0o755);
    expect(await cached({ helm })).toEqual([0, 1]);
    writeFileSync(named, 'v4.1.4\n');
    expect(await cached({ helm })).toEqual([0, 1]);
  });

  it('another day begins', async () => {
    await lint(options);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
    try {
      expect(await cached()).toEqual([0, 1]);
    } finally {
      vi.useRealTimers();
    }
  });
});

type Case = { linted: 'again' | 'each time'; as: Partial<LintOptions> } | { linted: 'not'; as: Partial<LintOptions> };
const again = (as: Partial<LintOptions>): Case => ({ linted: 'again', as });
const eachTime = (as: Partial<LintOptions>): Case => ({ linted: 'each time', as });
const not = (as: Partial<LintOptions>): Case => ({ linted: 'not', as });

/** What another value of each option means for a result that is there. */
const byOption = (): Readonly<Record<keyof Omit<LintOptions, 'cache'>, Case>> => ({
  paths: not({ paths: ['./shop'] }),
  cwd: again({ cwd: at('lib'), paths: ['../shop'], valuesFiles: ['../prod.yaml'] }),
  env: not({ env: { ...options.env, HELM_DEBUG: '1' } }),
  readStdin: not({ readStdin: () => Promise.resolve(new Uint8Array()) }),
  stdinName: again({ stdinName: 'in.yaml' }),
  jobs: not({ jobs: 1 }),
  shard: not({ shard: { index: 1, count: 1 } }),
  helm: not({ helm: options.env['HELM_BIN'] }),
  offline: not({ offline: true }),
  onDownload: not({ onDownload: () => undefined }),
  valuesFiles: again({ valuesFiles: [] }),
  set: again({ set: [{ flag: '--set', value: 'image=shop:9' }] }),
  namespace: again({ namespace: 'other' }),
  releaseName: again({ releaseName: 'other' }),
  kubeVersion: again({ kubeVersion: '1.30' }),
  apiVersions: again({ apiVersions: ['example.com/v1'] }),
  skipSchemaValidation: again({ skipSchemaValidation: true }),
  allowNetwork: eachTime({ allowNetwork: true }),
  actions: again({ actions: ['install'] }),
  engine: again({ engine: 'argocd' }),
  helmVersion: again({ helmVersion: 'any' }),
  wait: again({ wait: true }),
  neverWaits: again({ neverWaits: true }),
  from: eachTime({ from: './shop' }),
  config: again({ config: 'strict.yaml' }),
  policyFrom: not({}),
  scenarios: again({ scenarios: false }),
  deployments: not({ deployments: 'none' }),
  pull: not({}),
  deploymentsIn: not({}),
  changedFiles: not({ changedFiles: [] }),
  deploymentsOf: not({ deploymentsOf: [] }),
  deployment: not({}),
  dependencies: again({ dependencies: 'all' }),
  dependencyBuild: eachTime({}),
  plugins: again({ plugins: false }),
  preset: again({ preset: 'all' }),
  only: again({ only: ['hook-deadlock'] }),
  ignoreRules: again({ ignoreRules: ['backoff-limit'] }),
  severities: again({ severities: { 'backoff-limit': 'info' } }),
  ruleOptions: again({ ruleOptions: { 'backoff-limit': { max: 1 } } }),
  maxScenarios: again({ maxScenarios: 3 }),
  timeLimit: not({ timeLimit: 60 }),
  onRender: eachTime({ onRender: () => undefined }),
  onJudged: eachTime({ onJudged: () => ({ places: [], located: () => undefined }) as never }),
  onProgress: not({ onProgress: () => undefined }),
  unsaved: eachTime({ unsaved: new Map([[join(cwd, 'shop/values.yaml'), 'image: shop:7\n']]) }),
  signal: not({ signal: new AbortController().signal }),
  reportUnused: again({ reportUnused: true }),
  inlineConfig: again({ inlineConfig: false }),
});

it('tells the options apart by which results depend on them', async () => {
  await lint(options);
  for (const [name, { linted, as }] of Object.entries(byOption())) {
    // Nothing to change where an option needs more than this chart has.
    if (Object.keys(as).length === 0) continue;
    expect([name, ...(await cached(as))]).toEqual([
      name,
      ...{ again: [0, 1], 'each time': [0, 0], not: [1, 1] }[linted],
    ]);
  }
  expect(await cached({}, 1)).toEqual([1]);
});

it('keeps nothing of a chart that is deployed', async () => {
  write('helmfile.yaml', 'releases:\n  - name: shop\n    chart: ./shop\n');
  try {
    expect(await cached({ deploymentsIn: ['.'] })).toEqual([0, 0]);
  } finally {
    rmSync(at('helmfile.yaml'));
  }
});

it('keeps nothing of a chart that changed while it was linted', async () => {
  const own = { ...options, cache: mkdtempSync(join(outside, 'while-')) };
  const onProgress: LintOptions['onProgress'] = (event) =>
    void (event === 'queued' && write('shop/values.yaml', 'image: other:1\n'));
  await lint({ ...own, onProgress });
  write('shop/values.yaml', files['shop/values.yaml']!);
  expect((await lint(own)).cached).toBe(0);
  expect((await lint(own)).cached).toBe(1);
});

it('gives no result of a chart with a file whose name is not UTF-8', async () => {
  await lint(options);
  const file = Buffer.from(`${at('shop/templates')}/more\xff.yaml`, 'latin1');
  writeFileSync(file, 'apiVersion: v1\n');
  try {
    expect(await cached()).toEqual([0, 0]);
  } finally {
    rmSync(file);
  }
});

it('keeps nothing that was not judged, and nothing where a value is read from a file', async () => {
  write('shop/ci/broken-values.yaml', 'image: [\n');
  try {
    expect(await cached()).toEqual([0, 1]);
    const withCi = { valuesFiles: [] };
    expect(await cached(withCi)).toEqual([0, 0]);
  } finally {
    rmSync(at('shop/ci'), { recursive: true });
  }
  const guard = (condition: string) => `{{ if ${condition} }}{{ fail "not so" }}{{ end }}\n`;
  try {
    write('shop/templates/guard.yaml', guard('.Release.IsUpgrade'));
    expect(await cached()).toEqual([0, 0]);
    // Nobody asks for default values that the chart refuses; what is not rendered is not said to be known.
    write('shop/templates/guard.yaml', guard('not .Values.asked'));
    write('shop/ci/asked-values.yaml', 'asked: true\n');
    const ruleOptions = { 'not-judged': { refused: 'off' } };
    expect(await cached({ valuesFiles: [], ruleOptions })).toEqual([0, 0]);
  } finally {
    for (const path of ['shop/templates/guard.yaml', 'shop/ci']) rmSync(at(path), { recursive: true });
  }
  const set: LintOptions['set'] = [{ flag: '--set-file', value: 'image=shared/notes.txt' }];
  expect(await cached({ set })).toEqual([0, 0]);
});

it('compares with a commit that is named by its id, and has the chart where it is', async () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd,
      encoding: 'utf8',
    }).trim();
  const commit = (message: string) => (git('add', '.'), git('commit', '-qm', message), git('rev-parse', 'HEAD'));
  renameSync(at('shop'), at('store'));
  const before = commit('another folder');
  renameSync(at('store'), at('shop'));
  const after = commit('here');
  expect(await cached({ from: after })).toEqual([0, 1]);
  expect(await cached({ from: 'HEAD' })).toEqual([0, 0]);
  // Taken for the chart that is gone since: that depends on what else is there.
  expect(await cached({ from: before })).toEqual([0, 0]);
  write('shop/templates/job.yaml', files['shop/templates/job.yaml']!.replace('kind: Job', 'kind: Job # later'));
  const later = commit('later');
  expect(await cached({ from: after })).toEqual([0, 1]);
  expect(await cached({ from: later })).toEqual([0, 1]);
  write('shop/templates/job.yaml', files['shop/templates/job.yaml']!);
});

describe('an entry that is not whole', () => {
  const only = () => {
    const names = readdirSync(cache);
    expect(names).toHaveLength(1);
    return join(cache, names[0]!);
  };
  it.each<[string, (file: string) => void]>([
    ['is cut off', (file) => truncateSync(file, 100)],
    ['is empty', (file) => writeFileSync(file, '')],
    ['is null', (file) => writeFileSync(file, 'null')],
    ['is of other inputs', (file) => writeFileSync(file, readFileSync(file, 'utf8').replace(/"key":"./, '"key":"x'))],
  ])('counts for nothing: it %s', async (_, damage) => {
    rmSync(cache, { recursive: true, force: true });
    await lint(options);
    damage(only());
    expect(await cached()).toEqual([0, 1]);
  });
});

describe('a folder that others could write to', () => {
  it.each<[string, () => string, string]>([
    ['is in the repository', () => join(cwd, '.cache'), 'is inside of the repository that is linted'],
    [
      'leads into the repository',
      () => (symlinkSync(at('shared'), join(outside, 'link')), join(outside, 'link')),
      'is inside of the repository that is linted',
    ],
    [
      'belongs to a group',
      () => (mkdirSync(join(outside, 'open')), chmodSync(join(outside, 'open'), 0o777), join(outside, 'open')),
      'can be written to by other users',
    ],
    ['is a file', () => (writeFileSync(join(outside, 'file'), ''), join(outside, 'file')), 'cannot be made (EEXIST)'],
  ])('is refused: it %s', async (_, make, why) => {
    const folder = make();
    await expect(lint({ ...options, cache: folder })).rejects.toThrow(`the cache folder ${folder}`);
    await expect(lint({ ...options, cache: folder })).rejects.toThrow(why);
  });
});

it('is asked for on the command line', () => {
  const location = join(outside, 'elsewhere');
  const ask = (...args: string[]) => run(['shop', '--helm', options.env['HELM_BIN']!, ...args], { cwd });
  const timed = ['--cache', '--cache-location', location, '--timing'];
  const [first, second] = [ask(...timed), ask(...timed)];
  expect(first.stderr).toMatch(/^1 chart in [\d.]+ s, 0 from the cache$/m);
  expect(second.stderr).toMatch(/^1 chart in [\d.]+ s, 1 from the cache$/m);
  expect([second.code, second.stdout]).toEqual([first.code, first.stdout]);
  expect(ask('--cache-location', location)).toMatchObject({
    code: 2,
    stderr: 'migrate-lint: --cache-location needs --cache\n',
  });
  write('rules.js', /```ts\n(\/\/ team-rules\.ts\n[\s\S]*?)```/.exec(readFileSync('docs/policy.md', 'utf8'))![1]!);
  write('own.yaml', 'plugins: [rules.js]\n');
  // A rule that is code may ask for anything.
  const own = [...timed, '--config', 'own.yaml', '--plugins'];
  for (const { stdout, stderr } of [ask(...own), ask(...own)]) {
    expect(stderr).toMatch(/^1 chart in [\d.]+ s, 0 from the cache$/m);
    expect(stdout).toContain('team/owner-label');
  }
  expect(ask('--cache', '--cache-location', 'results')).toMatchObject({ code: 2, stdout: '' });
});
