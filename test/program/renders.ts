// `src/helm/run.ts` as the tests load it: a managed Helm that is asked the same thing twice runs once
// (`vitest.config.ts` puts it in place).
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { run as runProgram, type RunOptions, type RunResult } from '../../src/helm/run.ts';

export { preload, type RunOptions, type RunResult } from '../../src/helm/run.ts';

/** Results of a managed Helm, in a folder. */
export class Renders {
  private readonly known = new Map<string, Promise<RunResult>>();
  /** Off for the tests of how Helm is run. */
  on = true;

  readonly folder: string | undefined;

  constructor(folder: string | undefined) {
    this.folder = folder;
  }

  /** Runs a program as `src/helm/run.ts` does, or not at all where the result is known. */
  run(file: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
    const call = this.on && this.folder !== undefined && !options.signal ? keyOf(file, args, options) : undefined;
    if (call === undefined) return runProgram(file, args, options);
    const found = this.known.get(call.key) ?? this.stored(call, () => runProgram(file, args, options));
    this.known.set(call.key, found);
    return found.then((result) =>
      replaced(result, (text) =>
        call.paths.reduce((all, path, index) => all.replaceAll(placeholder(index), path), text),
      ),
    );
  }

  private async stored({ key, paths }: Call, ask: () => Promise<RunResult>): Promise<RunResult> {
    const file = join(this.folder!, key);
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as RunResult;
    } catch {
      const result = await ask();
      const nameless = replaced(result, (text) =>
        paths.reduce((all, path, index) => all.replaceAll(path, placeholder(index)), text),
      );
      // A bound that was hit speaks of the machine, not of the chart.
      if (result.ended === 'exit') this.keep(file, JSON.stringify(nameless));
      else this.known.delete(key);
      return nameless;
    }
  }

  private keep(file: string, text: string): void {
    mkdirSync(this.folder!, { recursive: true, mode: 0o700 });
    const whole = `${file}.${process.pid}.${threadId}`;
    writeFileSync(whole, text);
    renameSync(whole, file);
  }
}

/**
 * Those that the tests share, from run to run; Helm is asked each time where the variable is unset (`RENDERS=fresh npm
 * test`).
 */
export const renders = new Renders(process.env['MIGRATE_LINT_RENDERS']);
export const run = renders.run.bind(renders);

interface Call {
  key: string;
  /** Paths of the call, which the key does not hold: their content is in it. */
  paths: readonly string[];
}

const placeholder = (index: number) => `\u0000${index}\u0000`;

function replaced(result: RunResult, replace: (text: string) => string): RunResult {
  return { ...result, stdout: replace(result.stdout), stderr: replace(result.stderr) };
}

/**
 * All that goes into a run: the program, its options, its environment, the files that it reads. `undefined` where that
 * is not known.
 */
function keyOf(file: string, args: readonly string[], options: RunOptions): Call | undefined {
  if (!/\/migrate-lint\/helm\/\d[^/]*\/helm$/.test(file)) return undefined;
  const { size, mtimeMs, ino } = statSync(file);
  const hash = createHash('sha256');
  const env = Object.entries(options.env).filter(([name]) => name !== 'TMPDIR' && name !== 'HOME');
  hash.update(JSON.stringify([file, size, mtimeMs, ino, env.sort(), options.cwd, options.maxBytes]));
  const key = (paths: string[]) => ({ key: hash.digest('hex'), paths });
  if (args[0] === 'version') return key([]);
  if (args[0] !== 'template') return undefined;
  const chart = args.at(-1)!;
  // Helm looks for it in a folder of its own, not here.
  if (!isAbsolute(chart)) return undefined;
  const paths = [chart];
  let upgrade = false;
  for (const arg of args.slice(0, -1)) {
    if (arg === '--is-upgrade') {
      upgrade = true;
      continue;
    }
    if (!/^--(?:values|set-file)=/.test(arg)) {
      hash.update(`${arg}\n`);
      continue;
    }
    const path = /^--values=(\/[^",:]+)$/.exec(arg)?.[1];
    if (path === undefined || hashFile(path, '', hash) === undefined) return undefined;
    paths.push(path);
  }
  const read = hashFolder(chart, '', hash);
  if (read === undefined) return undefined;
  if (upgrade && read === 'asks') hash.update('--is-upgrade');
  return key(paths);
}

type Hash = ReturnType<typeof createHash>;
// What differs from render to render, and archives, which may hold such calls.
const changing =
  /\brand|uuid|\bnow\b|\bdate|\bago\b|derivePassword|encryptAES|shuffle|htpasswd|bcrypt|\bgen(?:CA|Self|Signed|Private)|getHostBy/;

// By these a chart can ask whether it is installed or upgraded; any other is the same in both.
const asking =
  /Is(?:Upgrade|Install)|Revision|Release\b(?!\.(?:Name|Namespace|Service)\b)|lookup|to\w*(?:Yaml|Json)\s+[.$][\s|})]/;
/** Undefined where it may differ from render to render. */
type Read = 'asks' | 'does not ask' | undefined;

function hashFolder(folder: string, below: string, hash: Hash): Read {
  let read: Read = 'does not ask';
  try {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const name = join(below, entry.name);
      if (entry.isDirectory()) hash.update(`${below}/${entry.name}/\n`);
      const one = entry.isDirectory() ? hashFolder(folder, name, hash) : hashFile(join(folder, name), name, hash);
      if (one === undefined) return undefined;
      if (one === 'asks') read = one;
    }
    return read;
  } catch {
    return undefined;
  }
}

function hashFile(path: string, name: string, hash: Hash): Read {
  try {
    const stat = lstatSync(path);
    if (!stat.isFile() || stat.size > 1_000_000 || /\.t?gz$/.test(path)) return undefined;
    const bytes = readFileSync(path);
    hash.update(JSON.stringify([name, stat.mode, bytes.length])).update(bytes);
    const text = bytes.toString('latin1');
    return changing.test(text) ? undefined : asking.test(text) ? 'asks' : 'does not ask';
  } catch {
    return undefined;
  }
}
