// What an attack needs: a hostile checkout, a runner around it with a secret and a marker file, and the program as CI
// calls it.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll } from 'vitest';
import { helmBinary } from '../helm/binaries.ts';
import { call } from '../program/index.ts';

const made: string[] = [];
afterAll(() => made.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A finished run. */
export interface Ran {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** A machine with a hostile checkout on it. */
export class Runner {
  readonly base = mkdtempSync(join(tmpdir(), 'migrate-lint-attack-'));
  readonly checkout = join(this.base, 'checkout');
  readonly outside = join(this.base, 'outside');
  /** An attack that succeeds makes this file. */
  readonly marker = join(this.outside, 'marker');

  constructor(files: Readonly<Record<string, string>> = {}) {
    made.push(this.base);
    for (const folder of ['checkout/.git', 'outside', 'home', 'tmp'])
      mkdirSync(join(this.base, folder), { recursive: true });
    writeFileSync(join(this.checkout, '.git/HEAD'), 'ref: refs/heads/main\n');
    writeFileSync(join(this.outside, 'secret'), 'correct-horse-battery\n');
    this.write(files);
  }

  /** Files of the checkout. */
  write(files: Readonly<Record<string, string>>): this {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.checkout, path)), { recursive: true });
      writeFileSync(join(this.checkout, path), text);
    }
    return this;
  }

  /** A program of the checkout, or at an absolute path, that leaves the marker and behaves. */
  program(path: string, body = 'echo v4.2.3'): string {
    const file = resolve(this.checkout, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\ntouch '${this.marker}'\n${body}\nexit 0\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** A symbolic link of the checkout. */
  link(path: string, target: string): this {
    mkdirSync(dirname(join(this.checkout, path)), { recursive: true });
    symlinkSync(target, join(this.checkout, path));
    return this;
  }

  get succeeded(): boolean {
    return existsSync(this.marker);
  }

  /** The environment of a CI runner, with a Helm of its own. */
  async env(more: Readonly<Record<string, string | undefined>> = {}): Promise<NodeJS.ProcessEnv> {
    return {
      PATH: process.env['PATH'],
      HOME: join(this.base, 'home'),
      TMPDIR: join(this.base, 'tmp'),
      HELM_BIN: (await helmBinary('4.2.3')).path,
      ...more,
    };
  }

  /** Runs the linter in the checkout, in a thread of this process. */
  async lint(args: readonly string[], more: Readonly<Record<string, string | undefined>> = {}): Promise<Ran> {
    return call({ args, env: await this.env(more), input: '', keepRenders: false }, this.checkout);
  }

  /** Runs any program in the checkout. */
  async start(
    file: string,
    args: readonly string[],
    more: Readonly<Record<string, string | undefined>> = {},
  ): Promise<Ran> {
    const { exitCode, stdout, stderr } = await execa(file, args, {
      cwd: this.checkout,
      env: await this.env(more),
      extendEnv: false,
      input: '',
      reject: false,
      stripFinalNewline: false,
      timeout: 60_000,
    });
    return { code: exitCode, stdout, stderr };
  }
}

/** Files of a chart in a folder of the checkout. */
export function chartFiles(files: Readonly<Record<string, string>> = {}, folder = 'shop'): Record<string, string> {
  const all = { 'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n', ...files };
  return Object.fromEntries(Object.entries(all).map(([path, text]) => [`${folder}/${path}`, text]));
}
