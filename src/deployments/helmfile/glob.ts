import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isGlob, matches } from '../glob.ts';
import { PathError, type GitOpsRepository } from '../repository.ts';

/**
 * The files that a path of a helmfile names, as Go's `filepath.Glob` has it (`*`, `?` and `[…]` in its last part): real
 * paths, sorted. Throws {@link PathError} for what leads out of the repository, or to nothing.
 */
export function globbed(path: string, base: string, repository: GitOpsRepository): string[] {
  if (/^[a-z][a-z0-9+.-]*::?\/\/|^git::/i.test(path)) throw new PathError(`it is on another host`);
  if (!isGlob(path)) return [repository.resolve(path, base)];
  const folder = dirname(path);
  const last = path.slice(folder === '.' ? 0 : folder.length + 1);
  if (isGlob(folder) || path.length > 500 || (last.match(/\*/g) ?? []).length > 4)
    throw new PathError(`${JSON.stringify(path.slice(0, 200))} is a pattern that is not read`);
  const within = repository.resolve(folder, base);
  const names = readdirSync(within, { withFileTypes: true }).filter((entry) => matches(last, entry.name));
  if (names.length === 0) throw new PathError(`${JSON.stringify(path)} does not exist in this repository`);
  return names.map(({ name }) => repository.resolve(join(within, name), '/')).sort();
}
