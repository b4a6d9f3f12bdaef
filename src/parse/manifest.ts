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

/** A document that is larger than this is refused by etcd (1.5 MiB by default) and is not read. */
export const maxDocumentBytes = 3 * 1024 * 1024;

/**
 * Splits a stream into documents. A line that starts with `---` at column 0 always begins a document:
 * block scalars indent their content, so a `---` inside one never stands there.
 */
export function splitManifests(stream: string, file: string): Manifest[] {
  const text = stream.charCodeAt(0) === 0xfeff ? stream.slice(1) : stream;
  const manifests: Manifest[] = [];
  // Without the flag m, to which other characters end lines too: what Helm prints as one document stays one.
  const separator = /(?:^|(?<=\n))---(?=\s|$)[^\n]*(?:\n|$)/g;
  let start = 0;
  let line = 1;
  const push = (end: number) => {
    const part = text.slice(start, end);
    if (/[^\s#]/.test(part) && hasContent(part)) {
      manifests.push({ text: part, file, line, source: /^# Source: (.+?)\s*$/m.exec(part.slice(0, 2000))?.[1] });
    }
  };
  for (let match = separator.exec(text); match; match = separator.exec(text)) {
    if (match[0] === '') break;
    push(match.index);
    line += countLines(text, start, match.index);
    const inline = /^---[ \t]+(?![#\s])/.exec(match[0]);
    // `--- {a: b}`: the document begins behind the marker.
    start = inline ? match.index + inline[0].length : match.index + match[0].length;
    if (!inline) line += 1;
  }
  push(text.length);
  return manifests;
}

function hasContent(text: string): boolean {
  return text.split('\n', 4000).some((line) => /^\s*[^\s#]/.test(line));
}

function countLines(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/**
 * The documents of a template as far as they are literal: actions that stand alone on a line become blanks, others a word of the same
 * length, so that every line and column stays. For manifests that Helm dropped and printed nowhere.
 */
export function templateManifests(path: string, text: string): Manifest[] {
  const literal = text.replace(/\{\{[\s\S]*?\}\}/g, (action) => action.replace(/[^\n]/g, 'x')).split('\n');
  const own = text.split('\n');
  const blanked = literal
    .map((line, index) => (/^\s*x+\s*$/.test(line) && /\{\{|\}\}/.test(own[index] ?? '') ? '' : line))
    .join('\n');
  return splitManifests(blanked, path).map((manifest) => ({ ...manifest, source: path, template: true }));
}
