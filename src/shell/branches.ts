import type { AndOr, Case, If, SyntaxNode } from 'unbash';
import { choose, decide } from './conditions.ts';
import type { Context, Lost, Shell } from './context.ts';
import { effective } from './context.ts';
import { walkSubstitutions } from './run.ts';
import { keptBy } from './status.ts';
import type { List } from './frame.ts';
import { commandName, testWords, sole, fails } from './syntax.ts';

// Where a script goes one way or another: `&&`, `||`, `if`, `case`, and what ends it early.

/** Nothing after a plain `exit`, `return` or `exec CMD` runs. */
export function leave(node: SyntaxNode, context: Context): void {
  const name = commandName(node);
  if (name === 'return') context.shell.left = 'return';
  else if (name === 'exit' || (name === 'exec' && node.type === 'Command' && node.args.length > 0))
    context.shell.left = 'exit';
}

/** A condition as messages show it. */
function written(node: SyntaxNode, context: Context): string {
  const text = context.source
    .slice(node.pos, Math.min(node.end, node.pos + 300))
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > 80 ? `${text.slice(0, 77)}...` : text.replace(/;$/, '');
}

export function walkAndOr(node: AndOr, context: Context): void {
  const { shell } = context;
  const handlers: (SyntaxNode | undefined)[] = [];
  for (let i = node.commands.length - 1; i >= 0; i--)
    handlers[i] = node.operators[i] === '||' ? node.commands[i + 1] : handlers[i + 1];
  // What the list came to so far, where the visible variables tell.
  let outcome: boolean | undefined;
  // What may not run sets variables that nobody knows afterwards.
  let { scope } = context;
  for (const [i, command] of node.commands.entries()) {
    const before = node.commands[i - 1];
    const and = node.operators[i - 1] === '&&';
    if (outcome !== undefined && outcome !== and) continue;
    const unsure = before && outcome === undefined ? `${and ? 'if' : 'unless'} ${written(before, context)}` : undefined;
    // `A && B` without an A that only asks: the script needs both.
    const mayNotRun = unsure !== undefined && (!and || isTest(before!));
    if (mayNotRun && scope === context.scope) scope = context.scope.fork();
    const doubt = mayNotRun ? (context.doubt ?? unsure) : context.doubt;
    walkOperand(command, handlers[i], i < node.commands.length - 1, { ...context, scope, doubt });
    leave(command, context);
    const how = shell.left;
    if (unsure && how) {
      delete shell.left;
      if (!fails(command) || (and && isBareExit(command)))
        shell.doubt ??= { text: `${and ? 'unless' : 'if'} ${written(before!, context)}`, by: how };
    }
    if (shell.left) break;
    const own = decide(command, scope, context.run.budget);
    outcome = outcome === undefined && before ? (own === !and ? own : undefined) : own;
  }
  if (scope !== context.scope) context.scope.mayHave(scope);
}

/** One operand of `&&` and `||`; `handler` is what runs when it fails. */
function walkOperand(command: SyntaxNode, handler: SyntaxNode | undefined, more: boolean, context: Context): void {
  const ignore = context.ignore || more;
  const node = command as AndOr['commands'][number];
  const { walk } = context.run;
  if (!handler) return walk.node(node, { ...context, ignore });
  const how = fails(handler);
  const kept = how ? undefined : keptBy(handler, context);
  // `A && B || C` with a C that fails: so does the whole.
  const value =
    how === 'exit'
      ? context.exit
      : how === 'return'
        ? context.back
        : how === 'value'
          ? effective(context)
          : kept
            ? kept.lost
            : 'or-true';
  const { pos: start, end } = handler;
  const instead = { start, end, text: written(handler, context) };
  walk.node(node, { ...context, value, ignore: true, ...(value === 'or-true' && { instead }) });
}

/** Whether a command only asks: `[ … ]`, `(( … ))`. */
function isTest(node: SyntaxNode): boolean {
  const only = sole(node);
  if (only.type === 'Pipeline' && only.commands.length === 1) return isTest(only.commands[0] as SyntaxNode);
  return only.type === 'ArithmeticCommand' || testWords(only) !== undefined;
}

function isBareExit(node: SyntaxNode): boolean {
  return node.type === 'Command' && node.args.length === 0;
}

/** One of several ways that a script goes. */
interface Branch {
  body: List;
  /** On which condition, for messages. */
  doubt: string;
}

export function walkIf(node: If, context: Context): void {
  const { walk } = context.run;
  const last = node.clause.commands.at(-1)?.command;
  const negated = last?.type === 'Pipeline' && last.prefixes.length > 0;
  const how = negated ? fails(node.then) : node.else && fails(node.else);
  const value: Lost =
    how === 'exit'
      ? context.exit
      : how === 'return'
        ? context.back
        : (keptBy(node, context) ?? { lost: 'condition' as const }).lost;
  const clause: Context = { ...context, value, ignore: true };
  // A negated pipeline would set `condition` by itself.
  if (negated) {
    walk.list(node.clause.commands.slice(0, -1), { ...clause, value: 'condition' });
    walk.pipe(last.commands, clause);
  } else walk.list(node.clause.commands, clause);
  const branches: Branch[] = [];
  const first = written(node.clause, context);
  let outcome = decide(node.clause, context.scope, context.run.budget);
  if (outcome !== false) branches.push({ body: node.then, doubt: `if ${first}` });
  for (const elif of node.elif) {
    if (outcome === true) break;
    walk.list(elif.clause.commands, { ...context, value: 'condition', ignore: true });
    outcome = decide(elif.clause, context.scope, context.run.budget);
    if (outcome !== false) branches.push({ body: elif.then, doubt: `if ${written(elif.clause, context)}` });
  }
  if (outcome !== true && node.else) branches.push({ body: node.else, doubt: `unless ${first}` });
  walkBranches(branches, outcome === true || node.else !== undefined, `unless ${first}`, context);
}

export function walkCase(node: Case, context: Context): void {
  walkSubstitutions(node.word, context, 'condition');
  const chosen = choose(node, context.scope, context.run.budget);
  if (chosen === -1) return;
  const items = chosen === undefined ? node.items : node.items.slice(chosen, chosen + 1);
  const is = (item: Case['items'][number]) =>
    `if ${written(node.word, context)} is ${item.pattern.map(({ text }) => text).join('|')}`;
  const others = items.some(({ pattern }) => pattern.some(({ text }) => text === '*'));
  walkBranches(
    items.map((item) => ({ body: item.body, doubt: is(item) })),
    chosen !== undefined || others,
    `unless ${items[0] ? is(items[0]).slice(3) : ''}`,
    context,
  );
}

/**
 * Walks alternatives; a variable keeps its value afterwards only where all agree. `complete`: one of them runs in any
 * case. `other` is the condition on which the script goes on where an alternative ends it well.
 */
function walkBranches(branches: readonly Branch[], complete: boolean, other: string, context: Context): void {
  const { shell, run } = context;
  const certain = complete && branches.length === 1;
  const ends: { how: Shell['left']; well: boolean }[] = [];
  const scopes = branches.map(({ body, doubt }) => {
    const scope = context.scope.fork();
    // Flags may be set in a branch; the last one wins.
    run.walk.list(body.commands, { ...context, scope, ...(!certain && { doubt: context.doubt ?? doubt }) });
    ends.push({ how: shell.left, well: fails(body) === undefined });
    delete shell.left;
    return scope;
  });
  const ended = ends.find(({ how, well }) => how && well);
  if (complete && ends.length > 0 && ends.every(({ how }) => how)) shell.left = ends.at(-1)!.how;
  else if (ended) shell.doubt ??= { text: other, by: ended.how! };
  const names = new Set(scopes.flatMap((scope) => [...scope.own.keys()]));
  for (const name of names) {
    const values = scopes.map((scope) => scope.get(name));
    if (!complete) values.push(context.scope.get(name));
    context.scope.set(name, values.every((value) => value === values[0]) ? values[0] : undefined);
  }
}
