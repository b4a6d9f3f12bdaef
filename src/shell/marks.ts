// Marks the commands on whose success a condition rests.
import type { AndOr, Command, ParsedScript, Pipeline, Statement, SyntaxNode } from 'unbash';
import { isCounter, type Mark, type Frame } from './frame.ts';
import { isFilter, testWords, variablesIn, fails } from './syntax.ts';
import { isSpent, substitutions } from './words.ts';

/** Marks the commands whose success (or failure, with `want` false) the condition needs. */
export function mark(node: SyntaxNode, want: boolean, what: Mark, frame: Frame): void {
  if (isSpent(frame.steps)) return;
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
      if (want) frame.marks.set(node, what);
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
    if (isSpent(frame.steps)) return;
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
  if ((node.operators[k - 1] === '&&') === want) {
    // A counter among what is needed bounds nothing: `until [ $i -gt 3 ] && nc …`.
    markAndOr(node, k - 1, want, what, frame);
    return mark(last, want, what, frame);
  }
  const prefixCounts = k === 1 && isCounter(node.commands[0] as SyntaxNode, frame);
  const lastCounts = isCounter(last, frame);
  const lost = prefixCounts || lastCounts ? what.lost : (what.lost ?? 'or-true');
  const marked: Mark = { ...what, lost };
  if (!prefixCounts) markAndOr(node, k - 1, want, marked, frame);
  if (!lastCounts) mark(last, want, marked, frame);
}
