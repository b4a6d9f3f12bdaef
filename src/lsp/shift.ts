/**
 * Where a line of an older text is in a newer one, both from 1: lines before and after what was edited keep their text;
 * of those in between the first is named.
 */
export function movedLine(line: number, before: string, after: string): number {
  if (before === after) return line;
  const old = before.split('\n');
  const now = after.split('\n');
  const most = Math.min(old.length, now.length);
  let head = 0;
  while (head < most && old[head] === now[head]) head += 1;
  if (line <= head) return line;
  let tail = 0;
  while (tail < most - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  if (line > old.length - tail) return line + now.length - old.length;
  return Math.min(head + 1, now.length);
}
