import type {
  AndOr,
  Command,
  CompoundList,
  If,
  ParsedScript,
  Pipeline,
  Statement,
  SyntaxNode,
  TestExpression,
  Word,
} from 'unbash';
import type { Command as Found, Loop } from './command.ts';
import { substitutions } from './words.ts';

/** What a loop says about a command on whose success it ends. */
export interface Mark {
  loop: Loop;
  lost?: Found['lost'];
}
export type Marks = Map<SyntaxNode, Mark>;
export type List = CompoundList | ParsedScript;

/** What the analysis of one loop needs. */
export interface Frame {
  source: string;
  marks: Marks;
  steps: { steps: number };
  /** Assignments in the loop's body, by variable: `V=$(CMD)` in a body that tests `$V`. */
  assignments: Map<string, Command>;
  /** Text of the loop, where its counter is counted. */
  body: string;
  /** Variables that the loop's condition tests: setting one behind a check is a way out. */
  flags?: Set<string>;
}

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

const filters = new Set(['grep', 'egrep', 'fgrep', 'rg']);
const tests = new Set(['[', 'test']);

/** The name of a simple command as written. */
export function commandName(node: SyntaxNode): string {
  return node.type === 'Command' ? (node.name?.value ?? '') : '';
}

/** Whether a command fails when it reads nothing that fits (`… | grep -q x`). */
export function isFilter(node: SyntaxNode): boolean {
  return filters.has(commandName(node));
}

/** The words of a test: `[ … ]`, `test …`, `[[ … ]]`. */
export function testWords(node: SyntaxNode): readonly Word[] | undefined {
  if (node.type === 'Command' && tests.has(commandName(node)))
    return node.args.filter((arg): arg is Word => arg.type === 'Word');
  if (node.type === 'TestCommand') return expressionWords(node.expression, []);
  return undefined;
}

function expressionWords(expression: TestExpression, words: Word[]): Word[] {
  switch (expression.type) {
    case 'TestUnary':
      words.push(expression.operand);
      break;
    case 'TestBinary':
      words.push(expression.left, expression.right);
      break;
    case 'TestLogical':
      for (const operand of expression.operands) expressionWords(operand, words);
      break;
    case 'TestNot':
      expressionWords(expression.operand, words);
      break;
    case 'TestGroup':
      expressionWords(expression.expression, words);
  }
  return words;
}

/** A list or statement of one command is that command. */
export function sole(node: SyntaxNode): SyntaxNode {
  if ((node.type === 'CompoundList' || node.type === 'Script' || node.type === 'AndOr') && node.commands.length === 1)
    return sole(node.commands[0] as SyntaxNode);
  if (node.type === 'Statement') return sole(node.command);
  if (node.type === 'Pipeline' && node.commands.length === 1 && node.prefixes.every((prefix) => prefix.type === 'Time'))
    return sole(node.commands[0] as SyntaxNode);
  return node;
}

/** Variables that a piece of text reads. */
export function variablesIn(text: string): string[] {
  return [...text.slice(0, 2000).matchAll(/\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1] ?? '');
}

/** Whether a condition only counts: `[ $i -ge 30 ]` where the loop counts `i`, `(( i < 30 ))`, `[ $SECONDS -gt 60 ]`. */
export function isCounter(condition: SyntaxNode, frame: Frame): boolean {
  let node = sole(condition);
  if (node.type === 'Pipeline' && node.commands.length === 1) node = sole(node.commands[0] as SyntaxNode);
  if (node.type === 'ArithmeticCommand') return true;
  const words = testWords(node);
  if (!words) return false;
  const text = frame.source.slice(node.pos, node.end);
  if (text.includes('$((') || text.includes('++') || text.includes('$(date')) return true;
  if (words.some((word) => substitutions(word).length > 0)) return false;
  return variablesIn(text).some((name) => name === 'SECONDS' || counts(name, frame));
}

function counts(name: string, frame: Frame): boolean {
  const node = frame.assignments.get(name);
  if (node) return /\$\(\(|\$\[|expr |date/.test(frame.source.slice(node.pos, Math.min(node.end, node.pos + 300)));
  return [`((${name}`, `(( ${name}`, `((++${name}`, `let ${name}`, `let "${name}`, `((--${name}`].some((text) =>
    frame.body.includes(text),
  );
}

/** Collects `V=…` of a loop's body without going into inner loops. */
export function assignmentsOf(list: List, into: Map<string, Command>, steps: { steps: number }): Map<string, Command> {
  const visit = (node: SyntaxNode): void => {
    if (steps.steps-- < 0) return;
    switch (node.type) {
      case 'Command':
        if (!node.name) for (const prefix of node.prefix) if (prefix.type === 'Assignment') into.set(prefix.name, node);
        return;
      case 'CompoundList':
      case 'Script':
      case 'AndOr':
      case 'Pipeline':
        node.commands.forEach(visit);
        return;
      case 'Statement':
        return visit(node.command);
      case 'If':
        visit(node.clause);
        visit(node.then);
        node.elif.forEach((elif) => (visit(elif.clause), visit(elif.then)));
        if (node.else) visit(node.else);
        return;
      case 'BraceGroup':
        return visit(node.body);
    }
  };
  visit(list);
  return into;
}

/** Marks the commands whose success (or failure, with `want` false) the condition needs. */
export function mark(node: SyntaxNode, want: boolean, what: Mark, frame: Frame): void {
  if (frame.steps.steps-- < 0) return;
  switch (node.type) {
    case 'CompoundList':
    case 'Script': {
      node.commands.slice(0, -1).forEach((statement) => want && markGuard(statement, what, frame));
      const last = node.commands.at(-1);
      if (last) mark(last, want, what, frame);
      return;
    }
    case 'Statement':
      return mark(node.command, want, what, frame);
    case 'Pipeline':
      return markPipeline(node, want, what, frame);
    case 'AndOr':
      return markAndOr(node, node.commands.length - 1, want, what, frame);
    case 'Subshell':
    case 'BraceGroup':
      return mark(node.body, want, what, frame);
    case 'Redirected':
      frame.marks.set(node, what);
      return mark(node.command, want, what, frame);
    case 'If': {
      // `if A; then return 0; else return 1; fi` asks A.
      const negated = fails(node.then) !== undefined;
      return mark(node.clause, negated ? !want : want, what, frame);
    }
    default:
      markSimple(node, want, what, frame);
  }
}

function markSimple(node: SyntaxNode, want: boolean, what: Mark, frame: Frame): void {
  const words = testWords(node);
  if (!words) {
    if (node.type === 'Command' && (want || (!node.name && node.prefix.length > 0))) {
      frame.marks.set(node, what);
      if (!node.name) markAssigned(node, what, frame);
    }
    return;
  }
  // Either outcome of a test may end the loop: what it looks at is what the loop waits for.
  for (const word of words) for (const script of substitutions(word)) markAll(script, what, frame);
  for (const name of variablesIn(frame.source.slice(node.pos, node.end))) {
    const from = frame.assignments.get(name);
    if (from && !frame.marks.has(from)) {
      frame.marks.set(from, what);
      markAssigned(from, what, frame);
    }
  }
}

function markAssigned(node: Command, what: Mark, frame: Frame): void {
  for (const prefix of node.prefix)
    if (prefix.type === 'Assignment' && prefix.value.type === 'Word')
      for (const script of substitutions(prefix.value)) markAll(script, what, frame);
}

function markAll(script: ParsedScript, what: Mark, frame: Frame): void {
  const visit = (node: SyntaxNode): void => {
    if (frame.steps.steps-- < 0) return;
    if (node.type === 'Command') frame.marks.set(node, what);
    else if (node.type === 'Statement') visit(node.command);
    else if (node.type === 'Pipeline') node.commands.forEach(visit);
    else if (node.type === 'AndOr' && node.commands[0]) visit(node.commands[0]);
    else if (node.type === 'Subshell' || node.type === 'BraceGroup') node.body.commands.forEach(visit);
  };
  script.commands.forEach(visit);
}

/** `A || return 1` before a function's end: A is needed too. */
function markGuard(statement: Statement, what: Mark, frame: Frame): void {
  const node = statement.command;
  if (node.type === 'AndOr' && node.operators.at(-1) === '||' && fails(node.commands.at(-1) as SyntaxNode))
    markAndOr(node, node.commands.length - 2, true, what, frame);
  else if (node.type === 'If' && fails(node.then) && !node.else) mark(node.clause, false, what, frame);
}

function markPipeline(node: Pipeline, want: boolean, what: Mark, frame: Frame): void {
  const wants = node.prefixes.some((prefix) => prefix.type === 'Negation') ? !want : want;
  const last = node.commands.at(-1);
  if (!last) return;
  mark(last, wants, what, frame);
  if (isFilter(last)) node.commands.slice(0, -1).forEach((command) => mark(command, true, what, frame));
}

function markAndOr(node: AndOr, k: number, want: boolean, what: Mark, frame: Frame): void {
  const last = node.commands[k];
  if (!last || k > 500) return;
  if (k === 0) return mark(last, want, what, frame);
  const rest: What = { prefix: k - 1, last };
  if ((node.operators[k - 1] === '&&') === want) {
    // A counter among what is needed bounds nothing: `until [ $i -gt 3 ] && nc …`.
    markAndOr(node, rest.prefix, want, what, frame);
    return mark(last, want, what, frame);
  }
  const prefixCounts = rest.prefix === 0 && isCounter(node.commands[0] as SyntaxNode, frame);
  const lastCounts = isCounter(last, frame);
  const lost = prefixCounts || lastCounts ? what.lost : (what.lost ?? 'or-true');
  const marked: Mark = { ...what, ...(lost && { lost }) };
  if (!prefixCounts) markAndOr(node, rest.prefix, want, marked, frame);
  if (!lastCounts) mark(last, want, marked, frame);
}
interface What {
  prefix: number;
  last: SyntaxNode;
}

/** How a piece of script always ends by failing. */
export function fails(node: SyntaxNode): 'exit' | 'return' | 'value' | undefined {
  switch (node.type) {
    case 'Statement':
      return fails(node.command);
    case 'CompoundList':
    case 'Script': {
      for (const [i, statement] of node.commands.entries()) {
        const how = fails(statement);
        // A bare `exit` repeats the last status: behind an echo that is 0.
        if (how && (how !== 'value' || i === node.commands.length - 1))
          return i > 0 && bareExit(statement) ? undefined : how;
      }
      return undefined;
    }
    case 'BraceGroup':
      return fails(node.body);
    case 'Subshell':
      return fails(node.body) ? 'value' : undefined;
    case 'Redirected':
      return fails(node.command);
    case 'AndOr':
      return node.operators.every((operator) => operator === '&&')
        ? fails(node.commands.at(-1) as SyntaxNode)
        : undefined;
    case 'Command': {
      const name = commandName(node);
      if (name === 'false') return 'value';
      if (name !== 'exit' && name !== 'return') return undefined;
      const status = node.args[0];
      return status?.type === 'Word' && status.value === '0' ? undefined : (name as 'exit' | 'return');
    }
    default:
      return undefined;
  }
}

function bareExit(statement: Statement): boolean {
  const node = sole(statement);
  return node.type === 'Command' && ['exit', 'return'].includes(commandName(node)) && node.args.length === 0;
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
    if (frame.steps.steps-- < 0) return false;
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
  let counted = false;
  for (let at = guards, n = 0; at && n < 50; at = at.next, n++) {
    if (at.node.type !== 'TestCommand' && !isCounter(at.node, frame)) continue;
    if (!isCounter(at.node, frame)) continue;
    counted = true;
    exits.counters.push(at.node);
    break;
  }
  if (failure) exits.failing = failure;
  if (counted || failure) exits.counted = true;
  else if (exits.success.length < 16) exits.success.push(guards);
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
      after = guard(before, operator !== '&&', previous, k === 1 ? after : guards, frame);
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
  for (let at = first, n = 0; at && n < 50; at = at.next, n++) {
    const { node, want } = at;
    if (others.every((other) => holds(other, node, want))) mark(node, want, what, frame);
  }
}

function holds(guards: Guard | undefined, node: SyntaxNode, want: boolean): boolean {
  for (let at = guards, n = 0; at && n < 50; at = at.next, n++) if (at.node === node && at.want === want) return true;
  return false;
}
