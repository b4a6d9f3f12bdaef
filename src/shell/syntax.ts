// What a piece of shell syntax says by itself: its name, its words, whether it always fails.
import type { Statement, SyntaxNode, TestExpression, Word } from 'unbash';

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
