import { parseDocument } from 'yaml';
import type { SourceFile } from './sources.ts';

/**
 * The dependency that a `# Source:` path lies in, by its names from the parent down: `redis`, `platform/redis`;
 * `undefined` for the chart's own.
 */
export function dependencyOf(source: string | undefined): string | undefined {
  const [, ...names] = (source ?? '').split('/templates/')[0]!.split('/charts/');
  return names.length > 0 ? names.map((name) => name.split('/')[0]).join('/') : undefined;
}

/**
 * Whether a dependency (as {@link dependencyOf} names it) is somebody else's: its entry in Chart.yaml has a
 * `repository` that is not `file://`, or it lies in `charts/` as an archive without an entry that says otherwise. What
 * is in a third-party chart is third-party too.
 */
export function thirdParty(sources: readonly SourceFile[]): (dependency: string) => boolean {
  const declared = new Map<string, boolean>();
  const packed = new Set<string>();
  const aliases = new Map<string, string>();
  for (const { path, text, archive } of sources) {
    if (!/\/(?:Chart|requirements)\.yaml$/.test(path) || /\/templates\//.test(path)) continue;
    const at = dependencyOf(`${path.replace(/\/(?:Chart|requirements)\.yaml$/, '')}/templates/`) ?? '';
    if (archive && at) packed.add(at);
    for (const { name, alias, repository } of dependenciesIn(text)) {
      const below = (one: string) => (at ? `${at}/${one}` : one);
      if (typeof alias === 'string' && typeof name === 'string') aliases.set(below(alias), below(name));
      if (typeof repository !== 'string' || repository === '') continue;
      for (const one of [name, alias])
        if (typeof one === 'string') declared.set(below(one), !repository.startsWith('file://'));
    }
  }
  return (dependency) => {
    const names = dependency.split('/');
    return names.some((_, index) => {
      const path = names.slice(0, index + 1).join('/');
      return declared.get(path) ?? (packed.has(path) || packed.has(aliases.get(path) ?? ''));
    });
  };
}

/** The dependencies that a Chart.yaml lists, or a requirements.yaml beside one of version 1. */
export function dependenciesIn(
  chartYaml: string,
): { name?: unknown; alias?: unknown; version?: unknown; repository?: unknown; condition?: unknown; tags?: unknown }[] {
  try {
    const value = parseDocument(chartYaml, { logLevel: 'silent', prettyErrors: false, uniqueKeys: false }).toJS({
      maxAliasCount: 100,
    }) as { dependencies?: unknown } | null;
    return Array.isArray(value?.dependencies)
      ? value.dependencies.filter((one): one is object => one !== null && typeof one === 'object')
      : [];
  } catch {
    return [];
  }
}
