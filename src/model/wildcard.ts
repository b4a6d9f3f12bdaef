/** Whether a text matches a pattern in which `*` stands for anything. No pattern can make it slow. */
export function wildcard(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const [index, part] of rest.entries()) {
    const last = index === rest.length - 1;
    const next = last ? text.length - part.length : text.indexOf(part, at);
    if (next < at || (last && !text.endsWith(part))) return false;
    at = next + part.length;
  }
  return rest.length > 0 || at === text.length;
}
