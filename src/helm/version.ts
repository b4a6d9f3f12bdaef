import { helmEnvironment, neutralFolder, type Environment } from './environment.ts';
import { HelmError } from './error.ts';
import { run, type RunResult } from './run.ts';
import { oneLine, plain } from './text.ts';

/** What `helm version` says. */
export interface HelmVersion {
  /** Helm's own text: `v4.2.3`. */
  raw: string;
  major: 3 | 4;
  /** Without the `v`: `4.2.3`. */
  version: string;
}

const timeoutMs = 15_000;

/** Reads the text of `helm version`; throws `not-helm` for anything but Helm 3 or 4. */
export function parseVersion(raw: string, path: string): HelmVersion {
  // Built by `go install`, Helm calls itself v4.3.
  const found = /^v?((\d+)\.\d+(?:\.\d+\S*)?)$/.exec(raw.trim());
  const major = Number(found?.[2]);
  if (found && (major === 3 || major === 4)) return { raw: raw.trim(), major, version: found[1]! };
  if (found) throw new HelmError(`${path} is Helm ${found[1]!}; Helm 3 or 4 is needed`, { kind: 'not-helm' });
  throw new HelmError(`${path} is not Helm: asked for its version, it said ${said(raw)}`, { kind: 'not-helm' });
}

/** Asks the program at `path` for its version. Throws `not-helm` or `missing-helm`. */
export async function askVersion(path: string, env: Environment): Promise<HelmVersion> {
  const result = await run(path, ['version', '--template={{.Version}}'], {
    env: helmEnvironment(env),
    cwd: neutralFolder,
    timeoutMs,
    maxBytes: 64 * 1024,
  });
  if (result.ended !== 'exit' || result.exitCode !== 0) throw notHelm(path, result);
  return parseVersion(plain(result.stdout), path);
}

/** The error for a program that does not answer as Helm would. */
export function notHelm(path: string, result: RunResult): HelmError {
  const detail = plain(result.stderr || result.stdout).trim();
  if (result.ended === 'failed') {
    return new HelmError(`${path} cannot be run (${result.code ?? 'unknown cause'})`, {
      kind: result.code === 'ENOENT' ? 'missing-helm' : 'not-helm',
      detail,
    });
  }
  if (result.ended === 'timeout')
    return new HelmError(`${path} is not Helm: it did not tell its version within ${timeoutMs / 1000} s`, {
      kind: 'not-helm',
      detail,
    });
  return new HelmError(`${path} is not Helm: asked for its version, it said ${said(result.stderr || result.stdout)}`, {
    kind: 'not-helm',
    detail,
  });
}

function said(text: string): string {
  const line = plain(text)
    .split('\n')
    .find((each) => each.trim() !== '');
  return line === undefined ? 'nothing' : `"${oneLine(line, 120)}"`;
}
