import type { Locate, Location } from '../place/index.ts';
import type { Edit, Report } from '../rule.ts';

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
 * A fix as edits of template text; `undefined` where any of them is not certain: the very line is not known, the value is written by
 * an action, or stretches over lines.
 */
export function planFix(fix: Report['fix'], locate: Locate, textOf: TextOf): Fix | undefined {
  if (!fix) return undefined;
  const edits: TextEdit[] = [];
  for (const edit of fix.edits) {
    const planned = planEdit(edit, locate, textOf);
    if (!planned) return undefined;
    edits.push(planned);
  }
  const changes = fix.edits.map(({ at: { resource, path } }) => ({
    resource: `${resource.kind}/${resource.namespace ?? ''}/${resource.name}`,
    path: [...path],
  }));
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
  if (indent.trim() !== '') return undefined;
  return {
    file: sibling.file,
    line: sibling.number,
    column: 1,
    endLine: sibling.number,
    endColumn: 1,
    newText: `${indent}${key}: ${text}${sibling.eol}`,
  };
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

/** Where a key and its plain or quoted value stand in a line of block YAML; the value is empty where it is none of these. */
function keyAndValue(line: string, key: string): { keyStart: number; valueStart: number; value: string } | undefined {
  const escaped = key.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const match = new RegExp(`^(\\ufeff?\\s*(?:- )?["']?)${escaped}["']?:(?:([ \\t]+)(.*))?$`).exec(line);
  if (!match) return undefined;
  const [, before = '', gap = '', rest = ''] = match;
  const quoted = /^"(?:[^"\\]|\\.)*"|^'(?:[^']|'')*'/.exec(rest)?.[0];
  const value = quoted ?? rest.replace(/\s+#.*$/, '').trimEnd();
  const keyStart = before.length;
  const certain = !/\{\{|^[|>&*!{[]/.test(value) && !/\{\{(?!-?\s*\/\*)/.test(rest.slice(value.length));
  return { keyStart, valueStart: match[0].length - gap.length - rest.length + gap.length, value: certain ? value : '' };
}
