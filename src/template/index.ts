// The actions of a Go template, `{{ … }}`, as Go's own scanner finds them (text/template/parse/lex.go): strings may
// hold braces, a comment ends at `*/`, and `-` beside a delimiter trims only with a blank next to it.

/** An action of a Go template. Offsets count from the beginning of the text that was scanned. */
export interface Action {
  /** Where `{{` begins. */
  start: number;
  /** Behind `}}`; the end of the text where the action is never closed, as in a line out of a longer action. */
  end: number;
  closed: boolean;
  /** What stands between the delimiters, without trim markers and blanks around it. */
  code: string;
  /** `control` for words such as `if` and `end`, `assignment` for `$x := …` and `$x = …`; only `output` prints. */
  kind: 'comment' | 'control' | 'assignment' | 'output';
  /** `-}}`: blanks and line ends behind the action are not printed. */
  trimsAfter: boolean;
}

const control = /^(?:if|else|end|range|with|define|block|break|continue)\b|^$/;

/** The actions of a template, or of some lines of one. */
export function actionsOf(text: string): Action[] {
  const actions: Action[] = [];
  for (let start = text.indexOf('{{'); start !== -1; start = text.indexOf('{{', actions.at(-1)!.end)) {
    const inner = /^-\s/.test(text.slice(start + 2, start + 4)) ? start + 4 : start + 2;
    const isComment = text.startsWith('/*', inner);
    const close = isComment ? endOfComment(text, inner) : endOfCode(text, inner);
    const closed = close < text.length;
    const trimsAfter = closed && /\s-$/.test(text.slice(close - 2, close));
    const code = text.slice(inner, trimsAfter ? close - 1 : close).trim();
    actions.push({
      start,
      end: closed ? close + 2 : text.length,
      closed,
      code,
      kind: isComment
        ? 'comment'
        : control.test(code)
          ? 'control'
          : /^\$\w*\s*:?=/.test(code)
            ? 'assignment'
            : 'output',
      trimsAfter,
    });
  }
  return actions;
}

/** A template with its closed actions replaced. */
export function replaceActions(text: string, replace: (action: Action) => string): string {
  let out = '';
  let at = 0;
  for (const action of actionsOf(text)) {
    if (!action.closed) break;
    out += text.slice(at, action.start) + replace(action);
    at = action.end;
  }
  return out + text.slice(at);
}

/** A named template: from its `define` to behind its `end`. */
export interface Definition {
  name: string;
  start: number;
  end: number;
}

/** The named templates of a file. One that is never ended reaches to the end of the text. */
export function definitionsOf(text: string): Definition[] {
  const found: Definition[] = [];
  let depth = 0;
  let open: (Definition & { depth: number }) | undefined;
  for (const { code, kind, start, end } of actionsOf(text)) {
    if (kind !== 'control') continue;
    const word = keywordOf(code);
    if (word === 'end') {
      depth -= 1;
      if (open?.depth !== depth) continue;
      found.push({ name: open.name, start: open.start, end });
      open = undefined;
    } else if (opens.has(word)) {
      if (word === 'define' && !open) open = { name: nameOf(code), start, end: text.length, depth };
      depth += 1;
    }
  }
  return open ? [...found, { name: open.name, start: open.start, end: open.end }] : found;
}

const opens = new Set(['define', 'block', 'if', 'range', 'with']);

/** The first word of an action's code. */
export const keywordOf = (code: string): string => /^\w*/.exec(code)![0];

const nameOf = (code: string): string => /^\w+\s+["`]([^"`]*)["`]/.exec(code)?.[1] ?? '';

function endOfComment(text: string, from: number): number {
  const end = text.indexOf('*/', from);
  const close = end === -1 ? -1 : text.indexOf('}}', end);
  return close === -1 ? text.length : close;
}

function endOfCode(text: string, from: number): number {
  let quote = '';
  for (let at = from; at < text.length; at += 1) {
    const char = text[at]!;
    if (quote) {
      if (char === '\\' && quote !== '`') at += 1;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === '`' || char === "'") quote = char;
    else if (char === '}' && text[at + 1] === '}') return at;
  }
  return text.length;
}
