import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { whyOutside } from '../confine/index.ts';
import { isInside } from '../paths.ts';
import { readYaml } from '../yaml/index.ts';
import type { ChartElsewhere } from './deployment.ts';
import { fieldOf } from './document.ts';

/** What Helm takes for the name and the version of a chart, and nothing that leads elsewhere. */
const plainName = /^[A-Za-z0-9][\w.-]{0,200}$/;
const plainVersion = /^v?\d[\w.+-]{0,100}$/;

/**
 * Where a chart that is not in the repository was put for it: a folder or archive in the `charts/` beside the
 * deployment or of a folder above it, or in Helm's cache (`HELM_REPOSITORY_CACHE`, where `helm pull` and `helm
 * dependency build` leave archives). Of a very version only; nothing is downloaded. `undefined` where it is nowhere.
 */
export function vendored(
  { name, version, source }: ChartElsewhere,
  { from, boundary, env }: { from: string; boundary: string; env: Readonly<Record<string, string | undefined>> },
): { path: string; where: 'charts' | 'cache' } | undefined {
  const base = name.split('/').at(-1)!;
  if (!plainName.test(base) || version === undefined || !plainVersion.test(version)) return undefined;
  for (let folder = from; isInside(boundary, folder); folder = dirname(folder)) {
    for (const path of [join(folder, 'charts', `${base}-${version}.tgz`), join(folder, 'charts', base)])
      if (isThere(path, base, version) && whyOutside(path, boundary) === undefined) return { path, where: 'charts' };
    if (folder === dirname(folder)) break;
  }
  if (source === 'git') return undefined;
  const path = join(cacheOf(env), `${base}-${version}.tgz`);
  return isThere(path, base, version) ? { path, where: 'cache' } : undefined;
}

function isThere(path: string, name: string, version: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (path.endsWith('.tgz')) return stat?.isFile() === true;
  if (stat?.isDirectory() !== true) return false;
  try {
    const file = join(path, 'Chart.yaml');
    if (statSync(file).size > 1024 * 1024) return false;
    const { value } = readYaml(readFileSync(file, 'utf8'));
    return fieldOf(value, ['name']) === name && String(fieldOf(value, ['version'])) === version;
  } catch {
    return false;
  }
}

/** As `helmpath.CachePath("repository")`. */
function cacheOf(env: Readonly<Record<string, string | undefined>>): string {
  const home =
    env['HELM_CACHE_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? homedir(), '.cache'), 'helm');
  return env['HELM_REPOSITORY_CACHE'] ?? join(home, 'repository');
}
