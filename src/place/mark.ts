import { actionsOf, definitionsOf, type Action } from '../template/index.ts';

/** A line of a template, as marks name it. */
export interface TemplateLine {
  /** Helm's name of the file: `<chart>/templates/x.yaml`. */
  path: string;
  /** From 1. */
  line: number;
  /** The line stands in the body of a named template (`define`). */
  define: string | undefined;
}

const open = '\ue000';
const close = '\ue001';
// Helm trims the blank of a mark that begins a document.
const mark = new RegExp(`(?:^| )#${open}([0-9a-z]+)${close}`, 'g');

/** Numbers template lines; a mark is a YAML comment that carries the number through the render. */
export class Marks {
  private readonly lines: TemplateLine[] = [];

  /** The mark for a line. */
  add(line: TemplateLine): string {
    this.lines.push(line);
    return ` #${open}${(this.lines.length - 1).toString(36)}${close}`;
  }

  /** A rendered line without its marks, and the template lines that they name, innermost first. */
  read(rendered: string): { text: string; lines: TemplateLine[] } {
    const lines: TemplateLine[] = [];
    const text = rendered.replace(mark, (_, id: string) => {
      const line = this.lines[Number.parseInt(id, 36)];
      if (line) lines.push(line);
      return '';
    });
    return { text, lines };
  }
}

/**
 * A template with a mark behind every line of literal text. Not marked, since a comment there would change the output:
 * lines that only control (`if`, `range`, `end`), lines that end in `-}}` or inside an action, `---`, and in bodies of
 * named templates everything but lines of YAML (`{{ include "fullname" . }}-x` must stay in one piece).
 */
export function markTemplate(path: string, text: string, marks: Marks, options: { defines: boolean }): string {
  const helper = /(^|\/)_[^/]*$/.test(path);
  const actions = actionsOf(text);
  const definitions = definitionsOf(text);
  let offset = 0;
  let next = 0;
  return text
    .split('\n')
    .map((raw, index) => {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      const start = offset;
      const end = start + line.length;
      offset += raw.length + 1;
      while (next < actions.length && actions[next]!.end <= start) next += 1;
      const own: Action[] = [];
      for (let at = next; at < actions.length && actions[at]!.start < end; at += 1) own.push(actions[at]!);
      const isInside = own.some((action) => action.start < start || action.end > end || !action.closed);
      if (isInside || (own.at(-1)?.trimsAfter && text.slice(own.at(-1)!.end, end).trim() === '') || /^---/.test(line))
        return raw;
      while (definitions.length > 0 && definitions[0]!.end <= end) definitions.shift();
      const define = definitions[0] && definitions[0].start < end ? definitions[0].name : undefined;
      if (define !== undefined || helper) {
        if (!options.defines || define === undefined || !isYaml(line, own)) return raw;
      } else if (isBlank(line, own, start) && own.every(({ kind }) => kind !== 'output')) {
        return raw;
      }
      return `${line}${marks.add({ path, line: index + 1, define })}${raw.endsWith('\r') ? '\r' : ''}`;
    })
    .join('\n');
}

/**
 * Whether a line of a named template is one of a block of YAML: a key, an item, or an action that prints such lines.
 */
function isYaml(line: string, actions: readonly Action[]): boolean {
  if (/^\s*(?:- |["']?[\w./-]+["']?:(?:\s|$))/.test(line)) return true;
  return line.trimStart().startsWith('{{') && /^(?:toYaml|include|tpl)\b[^]*nindent/.test(actions[0]?.code ?? '');
}

/** Whether a line holds nothing but actions. */
function isBlank(line: string, actions: readonly Action[], offset: number): boolean {
  let at = 0;
  for (const { start, end } of actions) {
    if (line.slice(at, start - offset).trim() !== '') return false;
    at = end - offset;
  }
  return line.slice(at).trim() === '';
}
