/**
 * Joins the findings of several renders (install and upgrade, one scenario and the next) into one list. The same text
 * is the same finding. What is left over is the same where `alike` says so, each of one render with one of the other: a
 * random or time-based name differs in each render, and is no finding of its own.
 */
export function joinAlike<T>(
  renders: readonly (readonly T[])[],
  { exact, alike, join }: { exact: (one: T) => string; alike: (one: T) => string; join: (known: T, other: T) => void },
): T[] {
  const out: T[] = [];
  const byText = new Map<string, T>();
  const byPlace = new Map<string, T[]>();
  const add = (one: T) => {
    out.push(one);
    byText.set(exact(one), one);
    byPlace.set(alike(one), [...(byPlace.get(alike(one)) ?? []), one]);
  };
  for (const findings of renders) {
    const taken = new Set<T>();
    const rest: T[] = [];
    for (const one of findings) {
      const known = byText.get(exact(one));
      if (!known) rest.push(one);
      else {
        join(known, one);
        taken.add(known);
      }
    }
    for (const one of rest) {
      // Said twice in one render.
      const twin = byText.get(exact(one));
      const known = twin ?? byPlace.get(alike(one))?.find((other) => !taken.has(other));
      if (known) join(known, one);
      else add(one);
      taken.add(known ?? one);
    }
  }
  return out;
}
