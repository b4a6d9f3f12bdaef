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
 * A template with a mark behind every line of literal text. Not marked, since a comment there would change the output: lines that
 * only control (`if`, `range`, `end`), lines that end in `-}}` or inside an action, `---`, and in bodies of named templates
 * everything but lines of YAML (`{{ include "fullname" . }}-x` must stay in one piece).
 */
export function markTemplate(path: string, text: string, marks: Marks, options: { defines: boolean }): string {
  let inAction = false;
  let depth = 0;
  let define: { name: string; depth: number } | undefined;
  const helper = /(^|\/)_[^/]*$/.test(path);
  return text
    .split('\n')
    .map((raw, index) => {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      const startsInside = inAction;
      for (const [token] of line.matchAll(/\{\{|\}\}/g)) inAction = token === '{{';
      for (const [, keyword, name] of line.matchAll(
        /\{\{-?\s*(define|block|if|range|with|end)\b(?:\s+["`]([^"`]*)["`])?/g,
      )) {
        if (keyword === 'end') {
          depth -= 1;
          if (define && depth === define.depth) define = undefined;
        } else {
          if (keyword === 'define' && !define) define = { name: name ?? '', depth };
          depth += 1;
        }
      }
      if (inAction || startsInside || /-\}\}\s*$/.test(line) || /^---/.test(line)) return raw;
      const literal = line.replace(/\{\{.*?\}\}/g, '').trim();
      const actionOnly = literal === '';
      if (define || helper) {
        if (
          !options.defines ||
          !define ||
          !/^\s*(?:- |["']?[\w./-]+["']?:(?:\s|$)|\{\{-?\s*(?:toYaml|include|tpl)\b.*nindent)/.test(line)
        )
          return raw;
      } else if (actionOnly && !prints(line)) {
        return raw;
      }
      return `${line}${marks.add({ path, line: index + 1, define: define?.name })}${raw.endsWith('\r') ? '\r' : ''}`;
    })
    .join('\n');
}

const control = new Set(['if', 'else', 'end', 'range', 'with', 'define', 'block', 'break', 'continue', '/*', '']);

/** Whether any action of a line prints: neither control, nor comment, nor assignment. */
function prints(line: string): boolean {
  return [...line.matchAll(/\{\{-?\s*(\/\*|[^\s}]*)\s*(:?=)?/g)].some(
    ([, word = '', assigns]) => !control.has(word) && !assigns,
  );
}
