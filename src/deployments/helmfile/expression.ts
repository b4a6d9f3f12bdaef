import { actionsOf, replaceActions } from '../../template/index.ts';
import { fieldOf, isEmpty } from '../document.ts';

/** A template that only helmfile can render; `message` is part of a sentence. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateError';
  }
}

/** What a template of a helmfile may ask for (`EnvironmentTemplateData`, `releaseTemplateData`). */
export interface TemplateData {
  Environment: { Name: string; Values: unknown };
  Namespace: string;
  Values: unknown;
  StateValues: unknown;
  Release?: Readonly<Record<string, unknown>>;
  /** Actions that only helmfile can render, of helmfiles: see {@link placeheld}. */
  unknown: string[];
}

/** A character that nobody writes, around the number of an unknown action. */
const mark = '\ue000';

/** Whether a text holds what only helmfile can render. */
export const isPlaceheld = (text: string) => text.includes(mark);

/** The same, or an action that may be rendered. */
export const isUnknown = (text: string) => text.includes('{{') || text.includes(mark);

/** Rendered again as long as that changes something, as helmfile does with the fields of a release. */
const mostTimes = 6;

/**
 * A text without its template actions, where each of them is a field (`{{ .Environment.Name }}`, `{{ .Values.a.b }}`),
 * a text, or one of these with `default`, `get` or `quote`. Nothing else is known to have no effect: `exec` runs programs.
 * Throws {@link TemplateError}.
 */
export function rendered(text: string, data: TemplateData): string {
  let out = text;
  for (let time = 0; time < mostTimes && out.includes('{{'); time += 1) out = replaced(out, data);
  if (out.includes('{{')) throw new TemplateError(`the template ${shown(text)}`);
  const [, index] = /\ue000(\d+)\ue000/.exec(out) ?? [];
  if (index !== undefined) throw new TemplateError(`the template ${data.unknown[Number(index)] ?? ''}`);
  return out;
}

/**
 * A helmfile with its actions rendered as {@link rendered} does, once: a text in backquotes may hold another one, which
 * is a release's. In place of an action that prints what is not known stands a mark, so that only the field with it is
 * lost. Throws {@link TemplateError} for those that do not print.
 */
export function placeheld(text: string, data: TemplateData): string {
  const unknown = (action: string) => {
    data.unknown.push(shown(action));
    return `${mark}${data.unknown.length - 1}${mark}`;
  };
  return replaced(withoutBlocks(text, unknown), data, unknown);
}

/** A text without its blocks (`if` … `end`) that are on one line. */
function withoutBlocks(text: string, unknown: (block: string) => string): string {
  let out = '';
  let at = 0;
  let depth = 0;
  let start = 0;
  for (const action of actionsOf(text)) {
    if (action.kind !== 'control') continue;
    if (action.code !== 'end' && !/^(?:if|range|with|define|block)\b/.test(action.code)) continue;
    if (action.code !== 'end') {
      if (depth === 0) start = action.start;
      depth += 1;
      continue;
    }
    depth -= 1;
    const block = text.slice(start, action.end);
    if (depth !== 0 || block.includes('\n')) continue;
    out += text.slice(at, start) + unknown(block);
    at = action.end;
  }
  return out + text.slice(at);
}

function replaced(text: string, data: TemplateData, otherwise?: (action: string) => string): string {
  return replaceActions(text, ({ start, end, code, kind, trimsAfter }) => {
    const trimsBefore = text[start + 2] === '-' && /\s/.test(text[start + 3] ?? '');
    // What is trimmed away would move the lines below it.
    if (kind === 'control' || kind === 'assignment' || trimsBefore || trimsAfter)
      throw new TemplateError(`the template ${shown(text.slice(start, end))}`);
    if (kind === 'comment') return '';
    try {
      return valueOf(code, data);
    } catch (error) {
      if (otherwise && error instanceof TemplateError) return otherwise(text.slice(start, end));
      throw error;
    }
  });
}

function valueOf(action: string, data: TemplateData): string {
  const [first = '', ...pipes] = action.split('|').map((part) => part.trim());
  let value = termOf(first, data);
  if (value === undefined) printed(value, action);
  for (const pipe of pipes) {
    const [, fallback] = /^default\s+(.+)$/.exec(pipe) ?? [];
    const [, key, otherwise] = /^get\s+"([\w.]+)"(?:\s+(\S.*))?$/.exec(pipe) ?? [];
    if (fallback !== undefined) value = isEmpty(value) ? termOf(fallback.trim(), data) : value;
    else if (key !== undefined)
      value = fieldOf(value, key.split('.')) ?? (otherwise === undefined ? undefined : termOf(otherwise.trim(), data));
    else if (pipe === 'quote') value = JSON.stringify(printed(value, action));
    else throw new TemplateError(`the template ${shown(`{{ ${action} }}`)}`);
    // helmfile fails at a value that is not there (`missingkey=error`), even before `default`.
    if (value === undefined) printed(value, action);
  }
  return printed(value, action);
}

function termOf(term: string, data: TemplateData): unknown {
  const [, raw, quoted] = /^(?:`([^`]*)`|("(?:[^"\\]|\\.)*"))$/s.exec(term) ?? [];
  if (raw !== undefined) return raw;
  if (quoted !== undefined) return unquoted(quoted);
  if (/^-?\d{1,15}$/.test(term)) return Number(term);
  if (term === 'true' || term === 'false') return term === 'true';
  const path = /^(?:\.[A-Za-z_]\w*)+$/.test(term) ? term.slice(1).split('.') : undefined;
  if (!path || !Object.hasOwn(data, path[0]!)) throw new TemplateError(`the template ${shown(`{{ ${term} }}`)}`);
  return fieldOf(data, path);
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new TemplateError(`the template ${shown(text)}`);
  }
}

function printed(value: unknown, action: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  // A value that is missing is an error of helmfile's; a mapping is printed in Go's own way.
  throw new TemplateError(
    `the template ${shown(`{{ ${action} }}`)}, whose value is ${value === undefined ? 'not known' : 'no text'}`,
  );
}

const shown = (text: string) => {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
};
