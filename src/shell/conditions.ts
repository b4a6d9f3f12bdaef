import type { Case, SyntaxNode, Word } from 'unbash';
import { sole, testWords } from './loops.ts';
import type { Budget, Scope } from './words.ts';
import { expandText } from './words.ts';

/** The outcome of a test that the visible variables decide; undefined when they do not. */
export function decide(condition: SyntaxNode, scope: Scope, budget: Budget): boolean | undefined {
  let node = sole(condition);
  let negated = false;
  if (node.type === 'Pipeline' && node.commands.length === 1) {
    negated = node.prefixes.some((prefix) => prefix.type === 'Negation');
    node = sole(node.commands[0] as SyntaxNode);
  }
  if (node.type === 'Command' && (node.name?.value === 'true' || node.name?.value === ':')) return !negated;
  if (node.type === 'Command' && node.name?.value === 'false') return negated;
  const outcome =
    node.type === 'Command'
      ? simple(node, scope, budget)
      : node.type === 'TestCommand'
        ? double(node.expression, scope, budget)
        : undefined;
  return outcome === undefined ? undefined : outcome !== negated;
}

function simple(node: SyntaxNode, scope: Scope, budget: Budget): boolean | undefined {
  const words = testWords(node)?.filter((word) => word.value !== ']');
  if (!words) return undefined;
  const [a, b, c] = words;
  if (words.length === 2 && a && b) return unary(a.value, b, scope, budget);
  if (words.length === 3 && a && b && c) return binary(a, b.value, c, scope, budget);
  return undefined;
}

function double(
  expression: Extract<SyntaxNode, { type: 'TestCommand' }>['expression'],
  scope: Scope,
  budget: Budget,
): boolean | undefined {
  if (expression.type === 'TestUnary') return unary(expression.operator, expression.operand, scope, budget);
  if (expression.type === 'TestBinary')
    return binary(expression.left, expression.operator, expression.right, scope, budget);
  return undefined;
}

function unary(operator: string, word: Word, scope: Scope, budget: Budget): boolean | undefined {
  if (operator !== '-z' && operator !== '-n') return undefined;
  const value = known(word, scope, budget);
  return value === undefined ? undefined : (value === '') === (operator === '-z');
}

function binary(left: Word, operator: string, right: Word, scope: Scope, budget: Budget): boolean | undefined {
  if (operator !== '=' && operator !== '==' && operator !== '!=') return undefined;
  const a = known(left, scope, budget);
  const b = known(right, scope, budget);
  if (a === undefined || b === undefined || /[*?[]/.test(b)) return undefined;
  return (a === b) === (operator !== '!=');
}

function known(word: Word, scope: Scope, budget: Budget): string | undefined {
  const text = expandText(word, scope, budget);
  return /[$`]/.test(text) ? undefined : text;
}

/** The branch of a `case` that visible variables choose; undefined when they do not. */
export function choose(node: Case, scope: Scope, budget: Budget): number | undefined {
  const value = known(node.word, scope, budget);
  if (value === undefined) return undefined;
  for (const [i, item] of node.items.entries()) {
    for (const pattern of item.pattern) {
      const text = known(pattern, scope, budget);
      if (text === '*' || text === value) return i;
      if (text === undefined || /[*?[]/.test(text)) return undefined;
    }
  }
  return -1;
}
