import { isEmpty, isMapping } from '../document.ts';
import { LeftOutError } from '../left-out-error.ts';

/** Parameters of a generator: texts by flat names, or values for Go templates. */
export type Params = Readonly<Record<string, unknown>>;

/** How an ApplicationSet's texts are templates. */
export interface TemplateStyle {
  goTemplate: boolean;
  /** `missingkey=error`. */
  strict: boolean;
}

/** A text that grows beyond this is none of a deployment. */
const longest = 1024 * 1024;

/**
 * The value with the parameters in its texts, keys included (`RenderTemplateParams` in `applicationset/utils/utils.go`).
 * Throws {@link LeftOutError} for a Go template with more than fields, `index` and the functions of texts.
 */
export function filledIn(value: unknown, params: Params, style: TemplateStyle): unknown {
  if (typeof value === 'string') return filledText(value, params, style);
  if (Array.isArray(value)) return value.map((item) => filledIn(item, params, style));
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [filledText(key, params, style), filledIn(item, params, style)]),
  );
}

/** One text. Without Go templates, `{{ name }}` is replaced where the parameter is a text, and stays where it is none. */
export function filledText(text: string, params: Params, style: TemplateStyle): string {
  if (!text.includes('{{')) return text;
  let length = text.length;
  const pattern = style.goTemplate ? /(?:(?<!\s)\s*\{\{-\s|\{\{)([^{}]*?)(?:\s-\}\}\s*|\}\})/g : /\{\{([^{}]*)\}\}/g;
  return text.replace(pattern, (all: string, inside: string) => {
    const out = style.goTemplate ? goText(inside.trim(), params, style) : flatText(inside.trim(), params, all);
    if ((length += out.length) > longest) throw new LeftOutError('its template makes too long a text');
    return out;
  });
}

function flatText(name: string, params: Params, all: string): string {
  const value = Object.hasOwn(params, name) ? params[name] : undefined;
  return typeof value === 'string' ? value : all;
}

function goText(action: string, params: Params, style: TemplateStyle): string {
  return action.startsWith('/*') ? '' : shown(evaluated(action, params, style));
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(shown).join(' ')}]`;
  if (isMapping(value))
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${shown(value[key])}`)
      .join(' ')}]`;
  return String(value as string | number | boolean);
}

/** `.path.basename | normalize`: a pipeline of fields, literals, `index` and functions. */
function evaluated(action: string, params: Params, style: TemplateStyle): unknown {
  let piped: { value: unknown } | undefined;
  for (const command of splitAt(action, '|')) {
    const words = wordsOf(command, action);
    const [first, ...rest] = words;
    if (first === undefined) return unread(action);
    if (/^[.$"`\d-]/.test(first) && rest.length === 0 && !piped) {
      piped = { value: operand(first, params, style, action) };
      continue;
    }
    const args = rest.map((word) => operand(word, params, style, action));
    piped = { value: called(first, [...args, ...(piped ? [piped.value] : [])], action) };
  }
  return piped?.value;
}

function called(name: string, args: readonly unknown[], action: string): unknown {
  const text = (index: number) => shown(args.at(index));
  const last = shown(args.at(-1));
  switch (name) {
    case 'index':
      return args.slice(1).reduce((value, key) => step(value, key), args[0]);
    case 'normalize':
      return sanitized(last);
    case 'lower':
      return last.toLowerCase();
    case 'upper':
      return last.toUpperCase();
    case 'trim':
      return last.trim();
    case 'toString':
      return last;
    case 'quote':
      return JSON.stringify(last);
    case 'trimPrefix':
      return last.startsWith(text(0)) ? last.slice(text(0).length) : last;
    case 'trimSuffix':
      return last.endsWith(text(0)) ? last.slice(0, last.length - text(0).length) : last;
    case 'replace':
      return args.length === 3 && text(0) !== '' ? last.replaceAll(text(0), () => text(1)) : unread(action);
    case 'default':
      return isEmpty(args.at(-1)) ? args[0] : args.at(-1);
    case 'toJson':
      return JSON.stringify(args.at(-1));
    default:
      return unread(action);
  }
}

function operand(word: string, params: Params, style: TemplateStyle, action: string): unknown {
  if (/^"/.test(word)) return JSON.parse(word) as string;
  if (/^`/.test(word)) return word.slice(1, -1);
  if (/^-?\d+$/.test(word)) return Number(word);
  if (/^(?:true|false)$/.test(word)) return word === 'true';
  if (/^\(.*\)$/s.test(word)) return evaluated(word.slice(1, -1), params, style);
  if (word === '.') return params;
  if (!/^\$?(?:\.[A-Za-z_]\w*)+$/.test(word)) return unread(action);
  let value: unknown = params;
  for (const key of word.replace(/^\$/, '').slice(1).split('.')) {
    const next = step(value, key);
    if (next === undefined && style.strict)
      throw new LeftOutError(`its template names ${word}, which its generators do not give`);
    value = next;
  }
  return value;
}

function step(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return typeof key === 'number' ? (value[key] as unknown) : undefined;
  if (!isMapping(value)) return undefined;
  const name = String(key);
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function unread(action: string): never {
  throw new LeftOutError(`its Go template is not read: {{ ${action.slice(0, 80)} }}`);
}

/** The parts of a text at a character outside of quotes and parentheses. */
function splitAt(text: string, separator: string): string[] {
  const out = [''];
  let quote = '';
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (quote !== '') {
      if (char === '\\' && quote === '"') out[out.length - 1] += char + (text[(at += 1)] ?? '');
      else {
        out[out.length - 1] += char;
        if (char === quote) quote = '';
      }
      continue;
    }
    if (char === '"' || char === '`') quote = char;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    if (depth > 20) unread(text);
    if (char === separator && depth === 0) out.push('');
    else out[out.length - 1] += char;
  }
  return out.map((part) => part.trim());
}

function wordsOf(command: string, action: string): string[] {
  const words = splitAt(command.replace(/[\t\n]/g, ' '), ' ').filter((word) => word !== '');
  return words.some((word) => /^"/.test(word) && !isJson(word)) ? unread(action) : words;
}

function isJson(word: string): boolean {
  try {
    return typeof JSON.parse(word) === 'string';
  } catch {
    return false;
  }
}

/** As `SanitizeName` in `applicationset/utils`: a name that a label takes. */
export function sanitized(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^-a-z0-9.]/g, '-')
    .slice(0, 253)
    .replace(/^[-.]+|[-.]+$/g, '');
}
