import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];
afterAll(() => made.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

export const chartYaml = (name = 'shop') => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`;

/** A hook Job that migrates; without `backoffLimit` it is a finding at error. */
export const hookJob = (spec = '') => `apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
spec:
${spec}  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: registry.example/shop:1.0.0
          command: [alembic, upgrade, head]
`;
/** One with nothing to report. */
export const goodJob = hookJob('  backoffLimit: 1\n');

/** A throwaway repository; `outside` is a folder beside it, where marker files and secrets lie. */
export class Scratch {
  readonly root: string;
  readonly outside: string;

  constructor(name = 'checkout') {
    const base = realpathSync(mkdtempSync(join(tmpdir(), 'migrate-lint-attack-')));
    made.push(base);
    this.root = join(base, name);
    this.outside = join(base, 'outside');
    mkdirSync(this.root);
    mkdirSync(this.outside);
    this.git('init', '-q', '-b', 'main');
  }

  /** A file that an attack makes where it succeeds. */
  get marker(): string {
    return join(this.outside, 'marker');
  }
  get attacked(): boolean {
    return existsSync(this.marker);
  }

  git(...args: string[]): string {
    return this.gitIn('.', ...args);
  }

  gitIn(folder: string, ...args: string[]): string {
    const identity = ['-c', 'user.email=a@example.com', '-c', 'user.name=a', '-c', 'protocol.file.allow=always'];
    return execFileSync('git', [...identity, ...args], {
      cwd: join(this.root, folder),
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: this.outside, GIT_CONFIG_NOSYSTEM: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  write(files: Readonly<Record<string, string>>): this {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
    return this;
  }

  /** Commits all there is; gives the commit. */
  commit(): string {
    this.git('add', '-A', '-f');
    this.git('commit', '-q', '--allow-empty', '-m', 'x');
    return this.git('rev-parse', 'HEAD');
  }
}
