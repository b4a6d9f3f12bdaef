import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A regular expression of the source, and where it is. */
export interface Pattern {
  source: string;
  flags: string;
  at: string;
}

/**
 * Every regular expression below some folders: literals, and `RegExp` of a text; what is interpolated is taken for one
 * letter.
 */
export function patternsIn(folders: readonly string[]): Pattern[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .sort()
      .flatMap((name) => patternsOf(join(folder, name), readFileSync(join(folder, name), 'utf8'))),
  );
}

/** Every regular expression of a file. Throws for a `RegExp` that is made of anything but a text. */
export function patternsOf(file: string, text: string): Pattern[] {
  const found: Pattern[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const visit = (node: ts.Node) => {
    const at = `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.push({ source: node.text.slice(1, end), flags: node.text.slice(end + 1), at });
    } else if (
      (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === 'RegExp'
    ) {
      const [pattern, flags] = node.arguments ?? [];
      const written = pattern && textOf(pattern);
      if (written === undefined) throw new Error(`${at}: the text of this RegExp is not known: ${node.getText()}`);
      found.push({ source: written, flags: (flags && textOf(flags)) ?? '', at });
    }
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      /^(?:match|matchAll|search)$/.test(node.expression.name.text) &&
      node.arguments[0] &&
      ts.isStringLiteralLike(node.arguments[0])
    )
      found.push({ source: node.arguments[0].text, flags: '', at });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The text of an expression: of literals, of what is put together from them, and of constants of the file. */
function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) return spans(node, ({ text }) => text);
  if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'String.raw')
    return ts.isTemplateExpression(node.template)
      ? spans(node.template, ({ rawText, text }) => rawText ?? text)
      : (node.template.rawText ?? node.template.text);
  if (ts.isIdentifier(node)) {
    const constant = node
      .getSourceFile()
      .statements.filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => declarationList.declarations)
      .find(({ name }) => name.getText() === node.text);
    return constant?.initializer && textOf(constant.initializer);
  }
  return undefined;
}

function spans(
  { head, templateSpans }: ts.TemplateExpression,
  read: (part: ts.TemplateLiteralLikeNode) => string,
): string {
  return read(head) + templateSpans.map((span) => (textOf(span.expression) ?? 'a') + read(span.literal)).join('');
}

/** A regular expression as it is written in the source. */
export function keyOf({ source, flags }: Pick<Pattern, 'source' | 'flags'>): string {
  return `/${source}/${flags}`;
}
