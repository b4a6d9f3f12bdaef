import type { AndOr, Case, Command, SyntaxNode, TestExpression, Word } from 'unbash';
import type { Budget, Scope } from './words.ts';
import { expandText } from './words.ts';
import { testWords, sole } from './syntax.ts';

/** The outcome of a test that the visible variables decide; undefined when they do not. */
export function decide(condition: SyntaxNode, scope: Scope, budget: Budget): boolean | undefined {
  let node = sole(condition);
  let negated = false;
  if (node.type === 'Pipeline' && node.commands.length === 1) {
    negated = node.prefixes.some((prefix) => prefix.type === 'Negation');
    node = sole(node.commands[0] as SyntaxNode);
  }
  if (node.type === 'BraceGroup' || node.type === 'Subshell') node = sole(node.body);
  const outcome =
    node.type === 'Command'
      ? simple(node, scope, budget)
      : node.type === 'TestCommand'
        ? double(node.expression, scope, budget)
        : node.type === 'AndOr'
          ? joined(node, scope, budget)
          : undefined;
  return outcome === undefined ? undefined : outcome !== negated;
}

/** `[ A ] && [ B ] || [ C ]`, left to right. */
function joined(node: AndOr, scope: Scope, budget: Budget): boolean | undefined {
  let outcome: boolean | undefined;
  for (const [i, command] of node.commands.entries()) {
    const and = node.operators[i - 1] === '&&';
    if (outcome === !and) continue;
    const own = decide(command, scope, budget);
    outcome = i === 0 || outcome === and || own === !and ? own : undefined;
  }
  return outcome;
}

function simple(node: Command, scope: Scope, budget: Budget): boolean | undefined {
  const name = node.name?.value;
  if (name === 'true' || name === ':') return true;
  if (name === 'false') return false;
  const words = testWords(node)?.filter((word) => word.value !== ']');
  return words && tested(words, scope, budget);
}

/** The words of `[ … ]`. */
function tested(words: readonly Word[], scope: Scope, budget: Budget): boolean | undefined {
  for (const [operator, and] of [
    ['-o', false],
    ['-a', true],
  ] as const) {
    const at = words.findIndex(({ value }, index) => value === operator && index > 0 && index < words.length - 1);
    if (at === -1) continue;
    return either(tested(words.slice(0, at), scope, budget), tested(words.slice(at + 1), scope, budget), and);
  }
  const [a, b, c] = words;
  if (a?.value === '!' && b) {
    const outcome = tested(words.slice(1), scope, budget);
    return outcome === undefined ? undefined : !outcome;
  }
  if (words.length === 1 && a) return filled(a, scope, budget);
  if (words.length === 2 && a && b) return unary(a.value, b, scope, budget);
  if (words.length === 3 && a && b && c) return binary(a, b.value, c, scope, budget);
  return undefined;
}

function either(a: boolean | undefined, b: boolean | undefined, and: boolean): boolean | undefined {
  if (a === !and || b === !and) return !and;
  return a === undefined || b === undefined ? undefined : and;
}

function double(expression: TestExpression, scope: Scope, budget: Budget): boolean | undefined {
  switch (expression.type) {
    case 'TestUnary':
      return unary(expression.operator, expression.operand, scope, budget);
    case 'TestBinary':
      return binary(expression.left, expression.operator, expression.right, scope, budget, true);
    case 'TestNot': {
      const outcome = double(expression.operand, scope, budget);
      return outcome === undefined ? undefined : !outcome;
    }
    case 'TestGroup':
      return double(expression.expression, scope, budget);
    case 'TestLogical':
      return expression.operands
        .map((operand) => double(operand, scope, budget))
        .reduce((a, b) => either(a, b, expression.operator === '&&'));
    default:
      return undefined;
  }
}

function filled(word: Word, scope: Scope, budget: Budget): boolean | undefined {
  const value = known(word, scope, budget);
  return value === undefined ? undefined : value !== '';
}

function unary(operator: string, word: Word, scope: Scope, budget: Budget): boolean | undefined {
  if (operator !== '-z' && operator !== '-n') return undefined;
  const outcome = filled(word, scope, budget);
  return outcome === undefined ? undefined : outcome === (operator === '-n');
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
};

function binary(
  left: Word,
  operator: string,
  right: Word,
  scope: Scope,
  budget: Budget,
  patterns = false,
): boolean | undefined {
  const a = known(left, scope, budget);
  const b = known(right, scope, budget);
  if (a === undefined || b === undefined) return undefined;
  if (Object.hasOwn(comparisons, operator))
    return /^[+-]?\d{1,15}$/.test(a) && /^[+-]?\d{1,15}$/.test(b)
      ? comparisons[operator]!(Number(a), Number(b))
      : undefined;
  if (operator !== '=' && operator !== '==' && operator !== '!=') return undefined;
  if (patterns && /[*?[\]\\]/.test(b)) return undefined;
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
