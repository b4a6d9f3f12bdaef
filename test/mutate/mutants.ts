// Small faults for TypeScript source, each behind a switch: the tree is written once, and `MUTANT=17` turns one of them
// on.
import ts from 'typescript';

/** A fault that can be made in a file. */
export interface Mutant {
  /** Path below the repository. */
  file: string;
  /** 1-based. */
  line: number;
  /** The source text that is replaced, and what stands there instead. */
  from: string;
  to: string;
  /** Offsets of the replaced text. */
  start: number;
  end: number;
}

/**
 * The faults that can be made in a file: comparisons, conditions, boolean literals, list calls, arguments' anchors,
 * dropped statements.
 */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const found: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    for (const to of replacements(node)) {
      const start = node.getStart();
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      found.push({ file, line, from: node.getText(), to, start, end: node.getEnd() });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const operators: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
  [ts.SyntaxKind.AmpersandAmpersandToken]: '||',
  [ts.SyntaxKind.BarBarToken]: '&&',
  [ts.SyntaxKind.MinusToken]: '+',
};

const methods: Record<string, string | undefined> = {
  some: '.every',
  every: '.some',
  startsWith: '.endsWith',
  endsWith: '.startsWith',
  filter: '',
  slice: '',
  sort: '',
  reverse: '',
  trim: '',
  trimEnd: '',
  toLowerCase: '',
  min: '.max',
  max: '.min',
};

function replacements(node: ts.Node): string[] {
  if (ts.isBinaryExpression(node)) {
    const operator = operators[node.operatorToken.kind];
    if (operator) return [`${node.left.getText()} ${operator} ${node.right.getText()}`];
    return node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken ? [node.left.getText()] : [];
  }
  if (ts.isConditionalExpression(node)) return [node.whenTrue.getText(), node.whenFalse.getText()];
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return [node.operand.getText()];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return ['false'];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return ['true'];
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 0 && !isTarget(node)) return ['[]'];
  if (ts.isRegularExpressionLiteral(node)) return anchors(node.text);
  if (ts.isCallExpression(node)) return call(node);
  if (ts.isExpressionStatement(node) && isEffect(node.expression)) return [';'];
  return isCondition(node) ? ['true', 'false'] : [];
}

function call(node: ts.CallExpression): string[] {
  const { expression } = node;
  // In an optional chain the switch would end the chain too early.
  if (!ts.isPropertyAccessExpression(expression) || node.flags & ts.NodeFlags.OptionalChain) return [];
  const name = expression.name.text;
  const to = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (to === undefined) return [];
  const rest = node.getText().slice(expression.getText().length);
  return [to === '' ? expression.expression.getText() : `${expression.expression.getText()}${to}${rest}`];
}

function anchors(text: string): string[] {
  const end = text.lastIndexOf('/');
  const body = text.slice(1, end);
  const flags = text.slice(end);
  const start = /^\^./.test(body) ? [`/${body.slice(1)}${flags}`] : [];
  return /[^\\]\$$/.test(body) ? [...start, `/${body.slice(0, -1)}${flags}`] : start;
}

const isCondition = (node: ts.Node): boolean =>
  ts.isIfStatement(node.parent ?? node) && (node.parent as ts.IfStatement).expression === node;

const isEffect = (node: ts.Expression): boolean =>
  ts.isCallExpression(node) ||
  ts.isYieldExpression(node) ||
  (ts.isBinaryExpression(node) &&
    node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    node.operatorToken.kind <= ts.SyntaxKind.LastAssignment);

function isTarget(node: ts.Expression): boolean {
  const { parent } = node;
  return (
    (ts.isBinaryExpression(parent) &&
      parent.left === node &&
      parent.operatorToken.kind === ts.SyntaxKind.EqualsToken) ||
    (ts.isForOfStatement(parent) && parent.initializer === node)
  );
}

/** The file with the given faults in it, by their numbers; at most one is on: that of `MUTANT`. */
export function switched(text: string, faults: ReadonlyMap<number, Mutant>): string {
  const byPlace = [...faults].sort(([, a], [, b]) => a.start - b.start || b.end - a.end);
  const write = (from: number, to: number, inside: [number, Mutant][]): string => {
    let out = '';
    let at = from;
    while (inside.length > 0) {
      const [, first] = inside[0]!;
      const same = inside.filter(([, { start, end }]) => start === first.start && end === first.end);
      const below = inside.filter((one) => !same.includes(one) && one[1].start < first.end);
      inside = inside.filter((one) => !same.includes(one) && !below.includes(one));
      out += text.slice(at, first.start) + choose(same, write(first.start, first.end, below));
      at = first.end;
    }
    return out + text.slice(at, to);
  };
  return `${write(0, text.length, byPlace)}\n${isOn}\n`;
}

/**
 * Whether a fault is on; notes that it was reached, in `globalThis.$reached` or in the file that `REACHED` names. Where
 * `globalThis.$steps` is a number, an endless loop ends.
 */
const isOn = `function $is(n) {
  const g = globalThis;
  g.mutant ??= Number(process.env.MUTANT ?? -1);
  if (g.mutant === -1) {
    g.$reached ??= new Set();
    if (!g.$reached.has(n)) {
      g.$reached.add(n);
      if (process.env.REACHED) process.getBuiltinModule('node:fs').appendFileSync(process.env.REACHED, n + ' ');
    }
  }
  if (g.mutant === n && ++g.$steps > 1000000) throw new Error('an endless loop');
  return g.mutant === n;
}`;

function choose(faults: [number, Mutant][], right: string): string {
  return faults.reduce((text, [number, { to }]) => {
    const on = `$is(${number})`;
    return to === ';' ? `{ if (!(${on})) { ${text} } }` : `(${on} ? (${to}) : (${text}))`;
  }, right);
}
