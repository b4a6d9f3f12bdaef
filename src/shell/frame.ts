// What the analysis of one loop knows: its text, its assignments, what it marks.
import type { Command, CompoundList, ParsedScript, SyntaxNode } from 'unbash';
import type { Command as Found, Loop } from './command.ts';
import { testWords, sole, variablesIn } from './syntax.ts';
import { isSpent, substitutions } from './words.ts';

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

/**
 * Whether a condition only counts: `[ $i -ge 30 ]` where the loop counts `i`, `(( i < 30 ))`, `[ $SECONDS -gt 60 ]`.
 */
export function isCounter(condition: SyntaxNode, frame: Frame): boolean {
  let node = sole(condition);
  if (node.type === 'Pipeline' && node.commands.length === 1) node = sole(node.commands[0] as SyntaxNode);
  if (node.type === 'ArithmeticCommand') return /[A-Za-z_]/.test(node.body);
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
    if (isSpent(steps)) return;
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
