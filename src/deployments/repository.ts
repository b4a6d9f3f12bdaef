import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { boundaryOf, whyOutside } from '../confine/index.ts';
import { repositoryOf } from '../git/index.ts';
import { isInside, nearPath } from '../paths.ts';
import { normalizedRepository } from './address.ts';

/** Files of values and manifests that are larger are not read. */
export const maxFileBytes = 8 * 1024 * 1024;

/** A path that may not be followed, or leads to nothing; `message` is part of a sentence. */
export class PathError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PathError';
  }
}

/** The repository that holds the deployments: what they may name of it, and nothing else. */
export class GitOpsRepository {
  /** Real path of the checkout's root. */
  readonly root: string;
  readonly cwd: string;
  /** Real path of the folder that was given: paths that do not exist in the root are looked for there. */
  readonly given: string;
  private readonly isGit: boolean;
  /** The addresses of its remotes, normalized. */
  private readonly remotes: readonly string[];

  /** `folder`: the folder that was given, absolute. */
  constructor(folder: string, cwd: string) {
    this.cwd = cwd;
    this.root = boundaryOf(folder, cwd);
    this.given = realpathSync(folder);
    this.isGit = repositoryOf(this.given, cwd) !== undefined;
    this.remotes = remotesOf(this.given, cwd);
  }

  /**
   * The folder from which a path of the repository is taken: its root; without Git (an archive, a part of one) the
   * folder that was given, where the path begins with what is there only.
   */
  baseOf(path: string): string {
    const [first = ''] = path.replace(/^[./]*/, '').split('/');
    return this.isGit || this.given === this.root || existsSync(join(this.root, first)) ? this.root : this.given;
  }

  /** A file as findings name it. */
  shown(absolute: string): string {
    return nearPath(this.cwd, absolute) || '.';
  }

  /**
   * The absolute real path of what a deployment names, from the repository's root, or from `base` (absolute). Throws
   * {@link PathError} for what leads out of the repository or into `.git`, and for what does not exist.
   */
  resolve(path: string, base?: string): string {
    if (path.includes('\0') || path.length > 1_000) throw new PathError('its path is not one of a file');
    const inside = path.replace(/^\/+/, '');
    const found =
      base === undefined
        ? [this.root, this.given].map((root) => resolve(root, inside)).find((one) => existsSync(one))
        : resolve(base, path);
    const absolute = found ?? resolve(this.root, inside);
    const written = isInside(this.root, absolute) ? whyOutside(absolute, this.root) : 'it leads out of the repository';
    if (written !== undefined) throw new PathError(`${quoted(path)}: ${written}`);
    if (!existsSync(absolute)) throw new PathError(`${quoted(path)} does not exist in this repository`);
    return realpathSync(absolute);
  }

  /** Whether a path exists and may be followed. */
  has(path: string, base?: string): boolean {
    try {
      this.resolve(path, base);
      return true;
    } catch {
      return false;
    }
  }

  /** The text of a file as {@link resolve} finds it. Throws {@link PathError}, also for what is no file or too large. */
  read(path: string, base?: string): string {
    const absolute = this.resolve(path, base);
    const stat = statSync(absolute);
    if (!stat.isFile()) throw new PathError(`${quoted(path)} is not a file`);
    if (stat.size > maxFileBytes) throw new PathError(`${quoted(path)} is larger than ${maxFileBytes / 1048576} MiB`);
    return readFileSync(absolute, 'utf8');
  }

  /** Whether a folder (absolute) is a chart. */
  isChart(folder: string): boolean {
    return statSync(join(folder, 'Chart.yaml'), { throwIfNoEntry: false })?.isFile() === true;
  }

  /**
   * Whether an address is that of this repository: one of its remotes; a repository of the same name where it is no
   * remote (a fork, a mirror); any, where it has no remotes (an archive). `undefined` for the last two, where it may be
   * another one.
   */
  isOwn(url: string): boolean | undefined {
    const own = normalizedRepository(url);
    if (this.remotes.includes(own)) return true;
    const name = own.split('/').at(-1);
    return this.remotes.length === 0 || this.remotes.some((remote) => remote.split('/').at(-1) === name)
      ? undefined
      : false;
  }
}

/** A path as messages show it. */
export const quoted = (path: string) => JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);

/** The addresses in the repository's own config; git is not asked, and nothing of the config is obeyed. */
function remotesOf(folder: string, cwd: string): string[] {
  const repository = repositoryOf(folder, cwd);
  if (!repository) return [];
  try {
    const config = readFileSync(join(repository.commonDir, 'config'), 'utf8').slice(0, 1024 * 1024);
    const sections = config.split(/^\s*\[/m).filter((section) => /^remote\s/.test(section));
    return sections.flatMap((section) =>
      [...section.matchAll(/^\s*url\s*=\s*"?([^"\n]+)"?/gm)].map(([, url]) => normalizedRepository(url!)),
    );
  } catch {
    return [];
  }
}
