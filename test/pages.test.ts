// The commands on the pages are run as they stand, and what the pages show is what they print (`npm run docs` writes
// it).
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './chart/cli.ts';
import { helmBinary } from './helm/binaries.ts';
import { command } from './program/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-pages-'));
const env: NodeJS.ProcessEnv = {};
let helm: string;
beforeAll(async () => {
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  helm = (await helmBinary('4.2.3')).path;
  symlinkSync(helm, join(programs, 'helm'));
  const program = command()
    .map((part) => `'${part}'`)
    .join(' ');
  writeFileSync(join(programs, 'migrate-lint'), `#!/bin/sh\nexec ${program} "$@"\n`);
  chmodSync(join(programs, 'migrate-lint'), 0o755);
  const git = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.org', GIT_COMMITTER_NAME: 'a' };
  Object.assign(env, process.env, git, {
    GIT_COMMITTER_EMAIL: 'a@example.org',
    GIT_CONFIG_GLOBAL: '/dev/null',
    PATH: `${programs}:${process.env['PATH']}`,
    NO_COLOR: '1',
    HELM_BIN: undefined,
    GITHUB_ACTIONS: undefined,
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script in a folder; resolves to what it prints, its exit code and the folder that it ends in. */
function bash(script: string, cwd: string) {
  const state = join(folder, 'cwd');
  const text = `trap 'pwd > "${state}"' EXIT\n${script}`;
  const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', text], {
    cwd,
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr, cwd: readFileSync(state, 'utf8').trim() };
}

/** Runs a line of a page without a process for it: migrate-lint, or helm piped into it. */
function line(text: string, cwd: string) {
  const [, chart, after] = /^helm template \S+ (\S+) \| (.*)$/.exec(text) ?? [];
  const input = chart === undefined ? '' : execFileSync(helm, ['template', 'shop', chart], { cwd, encoding: 'utf8' });
  const [, ...args] = (after ?? text).replace(/\s+# .*$/, '').match(/"[^"]*"|\S+/g)!;
  return run(
    args.map((arg) => arg.replaceAll('"', '')),
    { cwd, input, env: { ...env, HELM_BIN: helm } },
  );
}

const block = /^```(\w*)\n([\s\S]*?)^```$/gm;
const read = (page: string) => readFileSync(page, 'utf8');
let shop: string;

it('docs/tutorial.md: its commands lead where it says, and print what it shows', async () => {
  const start = join(folder, 'tutorial');
  mkdirSync(start);
  let cwd = start;
  const codes: (number | null)[] = [];
  const page = read('docs/tutorial.md').replace(block, (whole, language: string, text: string) => {
    if (language === 'console') {
      const line = /^\$ (.*)\n/.exec(text)![1]!;
      return `\`\`\`console\n$ ${line}\n${bash(line, cwd).stdout.trimEnd()}\n\`\`\``;
    }
    if (language !== 'sh') return whole;
    const ran = bash(text, cwd);
    cwd = ran.cwd;
    codes.push(ran.status);
    if (codes.length === 2) cpSync(cwd, (shop = join(folder, 'shop')), { recursive: true });
    return whole;
  });
  expect(codes).toEqual([0, 1, 0]);
  await expect(page).toMatchFileSnapshot('../docs/tutorial.md');
});

it('docs/how-to.md: each command ends as it says', () => {
  writeFileSync(join(shop, 'production.yaml'), 'replicas: 2\n');
  for (const [, language, text] of read('docs/how-to.md').matchAll(block)) {
    if (language === 'yaml') writeFileSync(join(shop, '.migrate-lint.yaml'), text!);
    if (language !== 'sh') continue;
    for (const one of text!.trim().split('\n')) {
      const { code, stderr } = line(one, shop);
      expect({ one, code, stderr }).toMatchObject({ one, code: Number(/# exits (\d)$/.exec(one)?.[1] ?? 0) });
    }
  }
});

describe('the commands of the other pages', () => {
  const pages = [
    'README.md',
    ...['gitops', 'integrations', 'plan', 'policy', 'install', 'editors', 'security', 'versioning'].map(
      (page) => `docs/${page}.md`,
    ),
  ];
  const commands = pages.flatMap((page) =>
    [...read(page).matchAll(block)].flatMap(([, language, text]) =>
      text!
        .split('\n')
        .map((one) => one.replace(/^\$ /, ''))
        .filter(
          (one) => /^(?:sh|console|)$/.test(language!) && /^(?:helm template \S+ \S+ \| )?migrate-lint /.test(one),
        )
        .map((one) => [page, one] as const),
    ),
  );
  let cwd: string;
  beforeAll(() => {
    cwd = join(folder, 'others');
    mkdirSync(join(cwd, 'charts'), { recursive: true });
    for (const chart of ['chart', 'charts/shop'])
      cpSync(resolve('fixtures/readme'), join(cwd, chart), { recursive: true });
    writeFileSync(join(cwd, 'prod.yaml'), 'elk: { enabled: true }\n');
    const made = bash(
      'git init -q -b main && git add . && git commit -q -m a && git update-ref refs/remotes/origin/main main',
      cwd,
    );
    expect(made).toMatchObject({ status: 0 });
  });

  it('are found', () => expect(commands.length).toBeGreaterThan(15));

  it.each([...new Map(commands.map((one) => [one[1], one])).values()])('%s: %s', (_, one) => {
    const { code, stdout, stderr } = line(one, cwd);
    // Findings or none, but no option that is unknown and nothing that it could not do.
    expect({ one, code, stdout: stdout.slice(0, 300), stderr }).toMatchObject({ code: code === 1 ? 1 : 0 });
  });
});
