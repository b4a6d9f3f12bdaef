// How the body of a loop leaves it.
import type { AndOr, Command, If, SyntaxNode, Word } from 'unbash';
import { isCounter, type Mark, type List, type Frame } from './frame.ts';
import { commandName, testWords, sole, fails } from './syntax.ts';
import { isSpent } from './words.ts';
import { mark } from './marks.ts';

interface Guard {
  node: SyntaxNode;
  want: boolean;
  next: Guard | undefined;
}

/** The ways out of a loop's body. */
export interface Exits {
  success: (Guard | undefined)[];
  /** The body ends the script or its function with a failure (`exit 1`, `return 1`). */
  failing?: 'exit' | 'return';
  /** A way out that needs a counter only. */
  counted: boolean;
  counters: SyntaxNode[];
}

/** Finds how a loop's body leaves the loop. */
export function exitsOf(body: List, frame: Frame): Exits {
  const exits: Exits = { success: [], counted: false, counters: [] };
  leave(body.commands, undefined, exits, frame);
  return exits;
}

/** Walks statements under guards; true when control never comes out at the end. */
function leave(nodes: readonly SyntaxNode[], guards: Guard | undefined, exits: Exits, frame: Frame): boolean {
  let now = guards;
  let previous: SyntaxNode | undefined;
  for (const each of nodes) {
    if (isSpent(frame.steps)) return false;
    const node = each.type === 'Statement' ? each.command : each;
    if (node.type === 'Command') {
      const how = leaves(node) ?? (now && setsFlag(node, frame) ? 'success' : undefined);
      if (how === 'success' || how === 'failure')
        out(how === 'failure' ? (commandName(node) === 'return' ? 'return' : 'exit') : undefined, now, exits, frame);
      if (how) return true;
    } else if (node.type === 'BraceGroup' || node.type === 'Redirected') {
      const list = node.type === 'BraceGroup' ? node.body.commands : [node.command];
      if (leave(list, now, exits, frame)) return true;
    } else if (node.type === 'AndOr') now = leaveAndOr(node, previous, now, exits, frame);
    else if (node.type === 'If') {
      const after = leaveIf(node, previous, now, exits, frame);
      if (after === 'never') return true;
      now = after;
    } else if (node.type === 'Case')
      for (const item of node.items)
        leave(item.body.commands, { node: caseSubject(node.word), want: true, next: now }, exits, frame);
    previous = node;
  }
  return false;
}

/** A `case` looks at its word as a test would. */
function caseSubject(word: Word): SyntaxNode {
  return {
    type: 'TestCommand',
    pos: word.pos,
    end: word.end,
    expression: { type: 'TestUnary', pos: word.pos, end: word.end, operator: '-n', operand: word },
  };
}

function leaves(node: Command): 'success' | 'failure' | 'again' | undefined {
  const name = commandName(node);
  if (name === 'break') return 'success';
  if (name === 'continue') return 'again';
  if (name === 'exec') return node.args.length > 0 ? 'success' : undefined;
  if (name !== 'exit' && name !== 'return') return undefined;
  return fails(node) && node.args.length > 0 ? 'failure' : 'success';
}

function setsFlag(node: Command, frame: Frame): boolean {
  if (node.name || !frame.flags) return false;
  return node.prefix.some(
    (prefix) =>
      prefix.type === 'Assignment' &&
      frame.flags?.has(prefix.name) &&
      /^["']?[\w-]+["']?$/.test(prefix.value.type === 'Word' ? prefix.value.text : ''),
  );
}

function out(failure: Exits['failing'], guards: Guard | undefined, exits: Exits, frame: Frame): void {
  const counter = chain(guards).find(({ node }) => isCounter(node, frame));
  if (counter) exits.counters.push(counter.node);
  if (failure) exits.failing = failure;
  if (counter || failure) exits.counted = true;
  else if (exits.success.length < 16) exits.success.push(guards);
}

const mostGuards = 50;

/** The innermost guards, from the inside out. */
function chain(innermost: Guard | undefined): Guard[] {
  const found: Guard[] = [];
  for (let at = innermost; at && found.length < mostGuards; at = at.next) found.push(at);
  return found;
}

/** `[ $? -eq 0 ]` asks the command before it. */
function guard(
  node: SyntaxNode,
  want: boolean,
  previous: SyntaxNode | undefined,
  next: Guard | undefined,
  frame: Frame,
): Guard {
  const words = testWords(sole(node));
  if (previous && words?.some((word) => word.value === '$?')) {
    const flips = /-ne|!=|-gt/.test(frame.source.slice(node.pos, node.end));
    return { node: previous, want: flips ? !want : want, next };
  }
  return { node, want, next };
}

function leaveAndOr(
  node: AndOr,
  previous: SyntaxNode | undefined,
  guards: Guard | undefined,
  exits: Exits,
  frame: Frame,
): Guard | undefined {
  let inside = guards;
  let after = guards;
  node.commands.forEach((command, k) => {
    const before = node.commands[k - 1];
    const operator = node.operators[k - 1];
    // Only plain chains: `A && B || C` reaches C when A or B fails, which says nothing certain about either.
    const mixed = node.operators.slice(0, k).some((each) => each !== operator);
    if (before && operator) inside = mixed ? guards : guard(before, operator === '&&', previous, inside, frame);
    if (leave([command], inside, exits, frame) && before && operator && !mixed)
      after = guard(before, operator !== '&&', previous, guards, frame);
  });
  return after;
}

function leaveIf(
  node: If,
  previous: SyntaxNode | undefined,
  guards: Guard | undefined,
  exits: Exits,
  frame: Frame,
): Guard | undefined | 'never' {
  const yes = leave(node.then.commands, guard(node.clause, true, previous, guards, frame), exits, frame);
  let no = guard(node.clause, false, previous, guards, frame);
  for (const elif of node.elif) {
    leave(elif.then.commands, guard(elif.clause, true, previous, no, frame), exits, frame);
    no = guard(elif.clause, false, previous, no, frame);
  }
  const otherwise = node.else !== undefined && leave(node.else.commands, no, exits, frame);
  if (yes && otherwise) return 'never';
  if (yes && node.elif.length === 0) return no;
  return otherwise ? guard(node.clause, true, previous, guards, frame) : guards;
}

/** Marks what every successful way out of the loop needs. */
export function markExits(exits: Exits, what: Mark, frame: Frame): void {
  const [first, ...others] = exits.success;
  for (const { node, want } of chain(first)) {
    if (others.every((other) => holds(other, node, want))) mark(node, want, what, frame);
  }
}

function holds(guards: Guard | undefined, node: SyntaxNode, want: boolean): boolean {
  return chain(guards).some((one) => one.node === node && one.want === want);
}
