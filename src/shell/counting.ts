import type { SyntaxNode, While, Word } from 'unbash';
import type { Budget, Scope } from './words.ts';
import { expandText, substitutions } from './words.ts';
import { duration } from './wrappers.ts';
import { isCounter, type Frame } from './frame.ts';
import { sole, variablesIn } from './syntax.ts';

/** How often `for` goes over words that only count: `$(seq 1 30)`, `{1..30}`. */
export function repeats(words: readonly Word[], scope: Scope, budget: Budget): { numbers: boolean; times?: number } {
  const [word] = words;
  if (words.length !== 1 || !word) return { numbers: false };
  const range = /^\{(\d{1,9})\.\.(\d{1,9}|\$\{?\w+\}?)\}$/.exec(word.text);
  if (range) return { numbers: true, ...times(range[1], range[2]) };
  const script = substitutions(word)[0];
  const command = script && sole(script);
  if (command?.type !== 'Command' || command.name?.value !== 'seq') return { numbers: false };
  const numbers = command.args.map((arg) => (arg.type === 'Word' ? expandText(arg, scope, budget) : ''));
  return { numbers: true, ...(numbers.length === 1 ? times('1', numbers[0]) : times(numbers[0], numbers.at(-1))) };
}

function times(from: string | undefined, to: string | undefined): { times?: number } {
  const sum = Number(to) - Number(from) + 1;
  return Number.isFinite(sum) && sum > 0 ? { times: sum } : {};
}

/** The pause of a loop: its first literal `sleep`. */
export function sleepSeconds(text: string): number | undefined {
  return duration(/\bsleep\s+(\d[\d.]{0,8}[smh]?)\b/.exec(text)?.[1]);
}

/** Whether the loop counts, and up to where. */
export function tries(
  node: While,
  counters: readonly SyntaxNode[],
  frame: Frame,
  scope: Scope,
): { counts: boolean; times?: number; seconds?: number } {
  const parts = conditions(node.clause);
  const counting = [...parts.filter((part) => isCounter(part, frame)), ...counters];
  const first = counting[0];
  if (!first) return { counts: false };
  const text = frame.source.slice(first.pos, Math.min(first.end, first.pos + 300));
  const names = variablesIn(text);
  const values = names.map((name) => scope.get(name));
  const numbers = [...text.matchAll(/\b\d{1,9}\b/g)].map(Number);
  for (const value of values) if (value !== undefined && /^\d{1,9}$/.test(value)) numbers.push(Number(value));
  const most = numbers.length > 0 ? Math.max(...numbers) : undefined;
  if (most === undefined) return { counts: true };
  return names.includes('SECONDS') ? { counts: true, seconds: most } : { counts: true, times: most };
}

function conditions(node: SyntaxNode): SyntaxNode[] {
  const only = sole(node);
  return only.type === 'AndOr' ? [...only.commands] : [only];
}
