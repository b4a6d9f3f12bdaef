import { matchesPattern } from '../config/pattern.ts';
import type { Ignore, Policy } from '../config/policy.ts';
import type { Finding, Suppression } from '../finding.ts';
import type { FileLine } from '../place/location.ts';
import { wildcard } from '../model/index.ts';

/** The path of a file from a folder: the folder is absolute, the file as findings name it. */
export type SeenFrom = (folder: string, file: string) => string;

/** What the policy's `ignore` entries are matched with. */
export interface IgnoreContext {
  seenFrom: SeenFrom;
  /** Absolute path of the chart, archive or stream. */
  chart: string;
  /** Today in UTC, as `until` is written: 2027-01-31. */
  today: string;
}

/** The policy's `ignore` entries: which findings they suppress, and which of them have expired. */
export class PolicyIgnores {
  private readonly policy: Policy | undefined;
  private readonly context: IgnoreContext;
  /** Entries after their `until`, with how many findings they no longer suppress. */
  readonly expired = new Map<Ignore, number>();

  constructor(policy: Policy | undefined, context: IgnoreContext) {
    this.policy = policy;
    this.context = context;
  }

  suppress(finding: Finding): Suppression | undefined {
    for (const entry of this.policy?.ignore ?? []) {
      if (!matches(entry, finding, this.context)) continue;
      if (entry.until !== undefined && entry.until < this.context.today) {
        this.expired.set(entry, (this.expired.get(entry) ?? 0) + 1);
        continue;
      }
      return { by: 'policy', at: lineOf(entry.origin), reason: entry.reason ?? 'ignore' };
    }
    return undefined;
  }
}

/** All that an entry names must hold; a list is matched by any of its patterns. */
function matches(
  { base, files, rules, resources, subcharts, charts }: Ignore,
  { rule, location, resource, dependency }: Finding,
  { seenFrom, chart }: IgnoreContext,
): boolean {
  const path = (file: string) => seenFrom(base, file).replaceAll('\\', '/') || '.';
  const any = (patterns: readonly string[] | undefined, text: () => string | undefined, glob: typeof wildcard) =>
    patterns?.some((pattern) => {
      const value = text();
      return value !== undefined && glob(pattern, value);
    }) ?? true;
  return (
    (rules?.includes(rule) ?? true) &&
    any(files, () => path(location.file), matchesPattern) &&
    any(
      charts,
      () => path(chart),
      (pattern, text) => matchesPattern(pattern.replace(/(.)\/$/, '$1'), text),
    ) &&
    any(resources, () => (resource.kind ? `${resource.kind}/${resource.name}` : undefined), wildcard) &&
    any(subcharts, () => dependency, inSubchart)
  );
}

/** `redis` is the subchart redis and all that is in it. */
function inSubchart(pattern: string, dependency: string): boolean {
  const names = dependency.split('/');
  return names.some((_, index) => matchesPattern(pattern, names.slice(0, index + 1).join('/')));
}

/** `.migrate-lint.yaml:12` as file and line. */
export function lineOf(origin: string): FileLine {
  const [, file = origin, line = '1'] = /^(.*):(\d+)$/.exec(origin) ?? [];
  return { file, line: Number(line) };
}
