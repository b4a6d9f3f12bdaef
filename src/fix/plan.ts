import type { Locate, Location } from '../place/index.ts';
import type { Edit, Report } from '../rule.ts';
import { actionsOf } from '../template/index.ts';

/** A piece of a file's text and what to put there. Lines and columns count from 1; the end is not included. */
export interface TextEdit {
  /** As findings name files. */
  file: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  newText: string;
}

/** A fix as text, with the values that it changes in the rendered resources. */
export interface Fix {
  description: string;
  edits: TextEdit[];
  /** What changes in the render, and nothing else: kind, namespace, name and path of each value. */
  changes: { resource: string; path: (string | number)[] }[];
}

/** The text of a file that findings name; `undefined` for one that cannot be edited (in an archive, behind a link). */
export type TextOf = (file: string) => string | undefined;

/**
 * A fix as edits of template text; `undefined` where any of them is not certain: the very line is not known, the value
 * is written by an action, or stretches over lines.
 */
export function planFix(fix: Report['fix'], locate: Locate, textOf: TextOf): Fix | undefined {
  if (!fix) return undefined;
  const edits: TextEdit[] = [];
  for (const edit of fix.edits) {
    const planned = planEdit(edit, locate, textOf);
    if (!planned) return undefined;
    edits.push(planned);
  }
  const changes = fix.edits.flatMap(({ at: { resource, path }, action, text }) =>
    // A renamed key goes at one place and comes at another.
    [path, ...(action === 'rename' && text !== undefined ? [[...path.slice(0, -1), text]] : [])].map((changed) => ({
      resource: `${resource.kind}/${resource.namespace ?? ''}/${resource.name}`,
      path: [...changed],
    })),
  );
  return { description: fix.description, edits, changes };
}

function planEdit(edit: Edit, locate: Locate, textOf: TextOf): TextEdit | undefined {
  const { at, action, text = '' } = edit;
  const key = at.path.at(-1);
  if (typeof key !== 'string') return undefined;
  if (at.resource.get(...at.path) === undefined)
    return action === 'set' ? planInsert(edit, key, locate, textOf) : undefined;
  const found = literalLine(locate({ ...at, part: 'key' }), textOf);
  const parts = found && keyAndValue(found.line, key);
  if (!found || !parts) return undefined;
  const { file, number } = found;
  const span = (from: number, to: number, newText: string): TextEdit => ({
    file,
    line: number,
    column: from + 1,
    endLine: number,
    endColumn: to + 1,
    newText,
  });
  switch (action) {
    case 'set':
      return parts.value === '' ? undefined : span(parts.valueStart, parts.valueStart + parts.value.length, text);
    case 'rename':
      return span(parts.keyStart, parts.keyStart + key.length, text);
    case 'remove':
      return parts.value === '' || !/^\s*$/.test(found.line.slice(0, parts.keyStart))
        ? undefined
        : { file, line: number, column: 1, endLine: number + 1, endColumn: 1, newText: '' };
  }
}

/** A new key goes above the first key that its mapping has, in that one's indentation. */
function planInsert({ at, text = '' }: Edit, key: string, locate: Locate, textOf: TextOf): TextEdit | undefined {
  const parent = at.path.slice(0, -1);
  const siblings = at.resource.get(...parent);
  if (siblings === null || typeof siblings !== 'object' || Array.isArray(siblings)) return undefined;
  const [first] = Object.keys(siblings);
  if (first === undefined) return undefined;
  const sibling = literalLine(locate({ resource: at.resource, path: [...parent, first], part: 'key' }), textOf);
  const above = literalLine(locate({ resource: at.resource, path: parent, part: 'key' }), textOf);
  const parts = sibling && keyAndValue(sibling.line, first);
  if (!sibling || !parts || !above || above.file !== sibling.file || above.number >= sibling.number) return undefined;
  const indent = sibling.line.slice(0, parts.keyStart);
  if (indent.trim() !== '' || mayWriteKey(key, above, indent.length, textOf)) return undefined;
  return {
    file: sibling.file,
    line: sibling.number,
    column: 1,
    endLine: sibling.number,
    endColumn: 1,
    newText: `${indent}${key}: ${text}${sibling.eol}`,
  };
}

/**
 * Whether the mapping that begins at line `above` may get the key elsewhere: the key is named in it (under a condition
 * that was not met, say), or an action prints keys of its own into it (`{{ toYaml .Values.spec | nindent 2 }}`). Helm
 * prints a key twice without a word.
 */
function mayWriteKey(key: string, above: Line, indent: number, textOf: TextOf): boolean {
  return blockOf(above, indent, textOf).some((line) => {
    if (namesKey(line, key)) return true;
    if (!actionsOf(line).some(({ kind }) => kind === 'output')) return false;
    const [, indented] = /\bn?indent\s+(\d+)/.exec(line) ?? [];
    return indented === undefined ? /^\s*\{\{/.test(line) && widthOf(line) <= indent : Number(indented) === indent;
  });
}

/**
 * The value that writes a missing key, where the template names the key under a condition: `.Values.job.backoffLimit`.
 * `undefined` where no template line says so.
 */
export function valueForKey(fix: Report['fix'], locate: Locate, textOf: TextOf): string | undefined {
  for (const { at } of fix?.edits ?? []) {
    const key = at.path.at(-1);
    if (typeof key !== 'string' || at.resource.get(...at.path) !== undefined) continue;
    const above = literalLine(locate({ resource: at.resource, path: at.path.slice(0, -1), part: 'key' }), textOf);
    const line = above && blockOf(above, widthOf(above.line) + 1, textOf).find((text) => namesKey(text, key));
    const value = line && /\.Values(?:\.[A-Za-z_]\w{0,60}){1,10}/.exec(line.slice(line.indexOf(key)))?.[0];
    if (value) return value;
  }
  return undefined;
}

/** The template lines below `above`, as far as they are indented by `indent`; actions stand anywhere. */
function blockOf(above: Line, indent: number, textOf: TextOf): string[] {
  const lines = textOf(above.file)?.split('\n').slice(above.number) ?? [];
  const end = lines.findIndex((line) => /^\s*[\w"'-]/.test(line) && widthOf(line) < indent);
  return lines.slice(0, end === -1 ? undefined : end);
}

function namesKey(line: string, key: string): boolean {
  const at = line.indexOf(key);
  return at !== -1 && !/[\w-]$/.test(line.slice(0, at)) && /^["']?\s*:/.test(line.slice(at + key.length));
}

type Line = NonNullable<ReturnType<typeof literalLine>>;

function widthOf(line: string): number {
  return line.length - line.trimStart().length;
}

function literalLine(
  { file, line: number, precision }: Location,
  textOf: TextOf,
): { file: string; number: number; line: string; eol: string } | undefined {
  const text = precision ? undefined : textOf(file);
  const line = text?.split('\n')[number - 1];
  if (text === undefined || line === undefined) return undefined;
  return { file, number, line: line.replace(/\r$/, ''), eol: text.includes('\r\n') ? '\r\n' : '\n' };
}

/**
 * Where a key and its plain or quoted value stand in a line of block YAML; the value is empty where it is none of
 * these.
 */
function keyAndValue(line: string, key: string): { keyStart: number; valueStart: number; value: string } | undefined {
  const escaped = key.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const match = new RegExp(`^(\\ufeff?\\s*(?:- )?["']?)${escaped}["']?:(?:([ \\t]+)(.*))?$`).exec(line);
  if (!match) return undefined;
  const [, before = '', gap = '', rest = ''] = match;
  const quoted = /^"(?:[^"\\]|\\.)*"|^'(?:[^']|'')*'/.exec(rest)?.[0];
  const value = quoted ?? rest.replace(/\s+#.*$/, '').trimEnd();
  const keyStart = before.length;
  const behind = actionsOf(rest.slice(value.length));
  const certain = !value.includes('{{') && !/^[|>&*!{[]/.test(value) && behind.every(({ kind }) => kind === 'comment');
  return { keyStart, valueStart: match[0].length - gap.length - rest.length + gap.length, value: certain ? value : '' };
}
