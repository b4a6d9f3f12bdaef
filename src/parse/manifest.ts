import { replaceActions } from '../template/index.ts';
import { holdsText } from '../yaml/index.ts';

/** One YAML document of a stream, as Helm printed it or a person gave it. */
export interface Manifest {
  /** The document's text, without the `---` line. */
  text: string;
  /** The file that holds the stream: a name for standard input, a path, or the chart. */
  file: string;
  /** Line of the stream on which `text` starts, from 1. */
  line: number;
  /** What Helm's `# Source:` comment says: `<chart>/templates/<file>`; absent where no such comment stands. */
  source?: string;
  /** The text is a template's own, its actions blanked out, and `line` is the template's line. */
  template?: true;
}

/**
 * A larger document is not read. What etcd refuses (1.5 MiB by default) is counted without comments, so this is much
 * more.
 */
export const maxDocumentBytes = 32 * 1024 * 1024;

/**
 * Splits a stream into documents, as Helm's clients do: at lines that start with `---` at column 0. Helm prints what it
 * has split at all of them (`(?:^|\s*\n)---\s*`), so within its output another one follows only a line `# Source:`, and
 * belongs to that document.
 */
export function splitManifests(stream: string, file: string): Manifest[] {
  const text = stream.charCodeAt(0) === 0xfeff ? stream.slice(1) : stream;
  const manifests: Manifest[] = [];
  // A marker alone on its line, or one that its document follows on the same line as editors count them: CR, NEL, LS
  // and PS end lines of YAML. Without the flag m, to which they end lines too.
  const separator =
    /(?:^|(?<=\n))---(?:[ \t\r]*(?:#[^\n\r\u0085\u2028\u2029]*\r?)?(?:\n|$)|(?=[ \t\r\u0085\u2028\u2029]))/g;
  let start = 0;
  let line = 1;
  /** The source of an empty document, which is the next one's. */
  let pending: string | undefined;
  const push = (end: number) => {
    const part = text.slice(start, end);
    const header = /^# Source: ([^\n]+?)[ \t\r]*\n/.exec(part);
    const source = pending ?? header?.[1] ?? /^# Source: (.+?)\s*$/m.exec(part.slice(0, 2000))?.[1];
    pending = header?.[0] === part ? source : undefined;
    if (holdsText(part)) manifests.push({ text: part, file, line, source });
  };
  for (let match = separator.exec(text); match; match = separator.exec(text)) {
    push(match.index);
    line += countLines(text, start, match.index);
    const inline = match[0] === '---' && match.index + 3 < text.length;
    start = inline ? match.index : match.index + match[0].length;
    if (!inline) line += 1;
  }
  push(text.length);
  return manifests;
}

function countLines(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/**
 * The documents of a template as far as they are literal: actions that stand alone on a line become blanks, others a
 * word of the same length, so that every line and column stays. For manifests that Helm dropped and printed nowhere.
 */
export function templateManifests(path: string, text: string): Manifest[] {
  const inAction = '\ue000';
  const blanked = replaceActions(text, ({ start, end }) => text.slice(start, end).replace(/[^\n]/g, inAction))
    .split('\n')
    .map((line) => (line.replaceAll(inAction, '').trim() === '' ? '' : line.replaceAll(inAction, 'x')))
    .join('\n');
  return splitManifests(blanked, path).map((manifest) => ({ ...manifest, source: path, template: true }));
}

/**
 * The lines of a template or of values that write `key: value` with this very value, each as a manifest of its own that
 * holds nothing else than that line and the `kind` before it. Branches of a condition may write the same key twice:
 * read as one document, only the last one would count.
 */
export function linesWith(path: string, text: string, key: string, value: string): Manifest[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index): Manifest[] => {
    const [all = '', indent = '', written = ''] = /^([ \t]*)["']?([^"'\s:]+)["']?:/.exec(line) ?? [];
    if (written !== key || !holds(line.slice(all.length), value)) return [];
    const kind = lines.slice(0, index).findLastIndex((other) => /^kind:\s*[\w"']+\s*$/.test(other));
    if (index === 0) return [];
    const from = kind === -1 ? index - 1 : kind;
    const first = indent + (kind === -1 ? 'kind: manifest' : lines[kind]!);
    const kept = [first, ...Array.from({ length: index - from - 1 }, () => ''), line].join('\n');
    return [{ text: kept, file: path, line: from + 1, source: path, template: true }];
  });
}

/** Whether the text behind a key can print a value; nothing at all prints an empty one. */
function holds(text: string, value: string): boolean {
  return value.trim() === '' ? /^\s*(?:#|$)|""|''|\bnull\b|~/.test(text) : text.includes(value);
}
