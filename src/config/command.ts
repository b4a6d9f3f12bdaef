import { wildcard } from '../model/index.ts';
import type { Understanding } from '../tools/index.ts';

type Command = Understanding['commands'][number];

/**
 * Whether a `match` of `commands` means a command: as it runs (without wrappers such as `uv run`), or as it is written.
 */
export function matchesCommand(pattern: string, { argv, script, start, end }: Command): boolean {
  const base = (argv[0] ?? '').split('/').at(-1) ?? '';
  const written = script.text
    .slice(start, end)
    .split(/\s+/)
    .map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
  const lines = [argv, [base, ...argv.slice(1)], written].map((words) => words.filter(Boolean));
  if (pattern.includes('*')) return lines.some((words) => wildcard(pattern, words.join(' ')));
  const wanted = pattern.trim().split(/\s+/);
  return lines.some((words) => begins(words, wanted));
}

/** Whether words begin with others; options, and the word after one, may stand between. */
function begins(words: readonly string[], wanted: readonly string[]): boolean {
  let next = 0;
  for (const [index, word] of words.entries()) {
    if (next === wanted.length) return true;
    if (word === wanted[next]) next += 1;
    else if (next === 0 || !(word.startsWith('-') || words[index - 1]?.startsWith('-'))) return false;
  }
  return next === wanted.length;
}
