// What becomes of a failure that a script keeps in `$?`, `PIPESTATUS` or a variable and looks at later.
import type { Statement, SyntaxNode } from 'unbash';
import type { Context, Lost } from './context.ts';
import { assignmentsOf, type List } from './frame.ts';
import { commandName, sole, testWords, variablesIn } from './syntax.ts';

/** How many statements after a failure are looked at. */
export const mostAfter = 30;

/** What becomes of a failing statement that others follow: it is lost unless one of them looks at its status. */
export function statusRead(statement: Statement, after: readonly Statement[], context: Context): Lost {
  const next = after[0];
  if (!next) return 'followed';
  const ends = asBefore(next);
  if (ends) return ends === 'return' ? context.back : context.exit;
  const names = statement.command.type === 'AndOr' ? assigned(statement.command, context) : [];
  const noticed = noticedIn(after, names, context);
  if (noticed) return noticed.lost;
  const text = textOf(next, 600, context);
  if (!/\$\?|PIPESTATUS/.test(text)) return 'followed';
  if (/\b(exit|return)\s+([1-9]|"?\$)/.test(text)) return context.exit;
  if (after.length === 1 && testWords(sole(next))) return context.value;
  const name = /^(?:export\s+|local\s+)?(\w+)="?(?:\$\?|\$\{PIPESTATUS\[\d+\]\})/.exec(text)?.[1];
  return name === undefined ? 'followed' : (noticedIn(after.slice(1), [name], context) ?? { lost: 'followed' }).lost;
}

/** Whether the statement after a pipe looks at the status of each of its commands. */
export function readsPipe(context: Context): boolean {
  const [next] = context.after;
  return next !== undefined && textOf(next, 600, context).includes('PIPESTATUS');
}

/** What becomes of a failure that sets a variable (`CMD || rc=$?`, `else failed=1`); undefined where none reads it. */
export function keptBy(node: SyntaxNode, context: Context): { lost: Lost } | undefined {
  return noticedIn(context.after, assigned(node, context), context);
}

/** What the first of these statements that fails on one of the variables makes of it. */
export function noticedIn(
  after: readonly Statement[],
  names: readonly string[],
  context: Context,
): { lost: Lost } | undefined {
  if (names.length === 0) return undefined;
  for (const [i, statement] of after.entries()) {
    const text = textOf(statement, 1000, context);
    if (!reads(text, names)) continue;
    const how = /\b(exit|return)\s+([1-9]|"?\$)|\bfalse\b/.exec(text);
    if (how) return { lost: how[1] === 'return' ? context.back : context.exit };
    if (i === after.length - 1 && after.length < mostAfter && testWords(sole(statement)))
      return { lost: context.value };
  }
  return undefined;
}

function reads(text: string, names: readonly string[]): boolean {
  const read = variablesIn(text);
  return names.some((name) => read.includes(name) || text.includes(`((${name}`) || text.includes(`(( ${name}`));
}

function assigned(node: SyntaxNode, context: Context): string[] {
  return [...assignmentsOf(node as List, new Map(), context.run.budget).keys()];
}

const textOf = ({ pos, end }: Statement, most: number, { source }: Context): string =>
  source.slice(pos, Math.min(end, pos + most));

/** `exit` and `return` without a word repeat the status before them; with another number than 0 they always fail. */
function asBefore(statement: Statement): 'exit' | 'return' | undefined {
  const node = sole(statement);
  const name = commandName(node);
  if (node.type !== 'Command' || (name !== 'exit' && name !== 'return')) return undefined;
  const word = node.args[0];
  return !word || (word.type === 'Word' && /^[1-9]/.test(word.value)) ? name : undefined;
}
