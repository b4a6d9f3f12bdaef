import type { Loose, Obj } from './kinds.ts';

/** Whether labels satisfy a selector object (`matchLabels` and `matchExpressions`). */
export function selects(selector: Loose, labels: Record<string, string> | undefined): boolean {
  if (!selector) return false;
  const has = labels ?? {};
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => has[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every((part: Loose) => {
      const value = has[part.key];
      if (part.operator === 'Exists') return value !== undefined;
      if (part.operator === 'DoesNotExist') return value === undefined;
      const listed = value !== undefined && part.values.includes(value);
      return part.operator === 'In' ? listed : !listed;
    })
  );
}

/** The filter that `labelSelector`, `fieldSelector` and a name in the path stand for. */
export function filterOf(query: URLSearchParams, name?: string): (object: Obj) => boolean {
  const byLabel = labelTests(query.get('labelSelector') ?? '');
  const byField = (query.get('fieldSelector') ?? '')
    .split(',')
    .filter(Boolean)
    .map((term) => {
      const [path = '', negated, value] = term.split(/(!?)==?(.*)/s);
      return (object: Obj) => (String(read(object, path) ?? '') === value) !== (negated === '!');
    });
  return (object) =>
    (name === undefined || object.metadata.name === name) && [...byLabel, ...byField].every((test) => test(object));
}

function read(object: Loose, path: string): Loose {
  return path.split('.').reduce((part: Loose, field) => part?.[field], object);
}

function labelTests(selector: string): ((object: Obj) => boolean)[] {
  // Commas separate terms, except inside the brackets of `in (a,b)`.
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter(Boolean)
    .map((term) => {
      const listed = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
      if (listed) {
        const values = (listed[3] ?? '').split(',').map((value) => value.trim());
        return (object) => values.includes(object.metadata.labels?.[listed[1] ?? '']) === (listed[2] === 'in');
      }
      const compared = /^([^!=]+?)\s*(!?)==?\s*(.*)$/.exec(term);
      if (compared)
        return (object) =>
          ((object.metadata.labels?.[compared[1] ?? ''] ?? '') === compared[3]) !== (compared[2] === '!');
      return (object) => (object.metadata.labels?.[term.replace('!', '')] !== undefined) !== term.startsWith('!');
    });
}
