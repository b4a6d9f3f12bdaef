// Keys that a manifest has more than once, as rules report them.
import { groupBy, type NonEmpty } from './group-by.ts';
import { words } from './api/index.ts';
import { byCause } from './one-cause.ts';
import type { Resource } from './parse/index.ts';
import type { Report } from './rule-report.ts';
import { beside, describe } from './words.ts';

/**
 * Keys that are written more than once in the same mapping: a warning where the values differ, an info where they do
 * not. Helm reads manifests with go-yaml in its lax mode, which takes the last one and says nothing
 * (test/helm-yaml.test.ts compares with its library; `helm template` of 3.17.3, 4.1.4 and 4.2.3 prints both and exits
 * with 0).
 */
export function repeatedKeyReports(resources: Iterable<Resource>): Iterable<Report> {
  return byCause(reportsOf(resources), ({ message }) => message.slice(message.indexOf(': ')));
}

function* reportsOf(resources: Iterable<Resource>): Iterable<Report> {
  for (const resource of resources) {
    for (const keys of byMapping(resource).values()) {
      const [{ path, same }] = keys;
      const names = [...new Set(keys.map((key) => String(key.path.at(-1))))];
      const one = names.length === 1;
      const parent = words(path.slice(0, -1));
      const what = one ? `${words(path)} is` : `the keys ${beside(names)}${parent === '' ? '' : ` of ${parent}`} are`;
      yield {
        at: resource.key(...path),
        message: `${describe(resource)}: ${what} written more than once, ${same ? 'with the same value' : `and ${one ? 'its last value counts' : 'their last values count'}`}`,
        severity: same ? 'info' : 'warning',
        resource,
        help: `Write ${beside(names)} only once.`,
      };
    }
  }
}

/** The repeated keys of each mapping; those with other values apart from those with the same. */
function byMapping(resource: Resource): Map<string, NonEmpty<Resource['repeatedKeys'][number]>> {
  const id = (path: readonly unknown[]) => JSON.stringify(path);
  const differ = new Set(resource.repeatedKeys.filter(({ same }) => !same).map(({ path }) => id(path)));
  const keys = resource.repeatedKeys.map((key) => ({ ...key, same: !differ.has(id(key.path)) }));
  return groupBy(keys, ({ path, same }) => JSON.stringify([path.slice(0, -1), same]));
}
