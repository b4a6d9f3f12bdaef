// Controls; the soft hyphen; Arabic, Mongolian and zero-width marks; line separators; all that turns the direction of
// text or joins it invisibly; annotation marks; what is no character; tags and variation selectors beyond the basic
// plane; halves of surrogate pairs.
const unfit =
  // eslint-disable-next-line no-misleading-character-class -- written as numbers, each stands for itself
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff]|\udb40[\udc00-\udfff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The longest message of a report, in UTF-16 units. */
const longest = 1_000;

/**
 * Text of a chart made fit to be shown: control characters (escapes that move the cursor or paint), characters that
 * nobody sees or that change the direction of text, and what is no character at all are shown by number, not sent.
 */
export function safe(text: string): string {
  return text.replace(unfit, (found) =>
    [...Array(found.length).keys()].map((at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** Such text on one line of bounded length: names, and messages that stand for themselves. */
export function safeLine(text: string): string {
  return short(safe(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t'));
}

/**
 * The beginning of a text that is at most 1,000 UTF-16 units long once it is {@link safe}; no character is cut in two.
 */
export function short(text: string): string {
  const start = text.slice(0, longest + 1);
  if (safe(start).length <= longest) return text;
  let from = 0;
  for (let to = longest; from < to;) {
    const middle = Math.ceil((from + to) / 2);
    if (safe(start.slice(0, middle)).length < longest) from = middle;
    else to = middle - 1;
  }
  return `${start.slice(0, from).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** JSON whose text holds no such characters either, nor a command of a CI server; its value is the same. */
export function safeJson(value: unknown): string {
  return `${safe(JSON.stringify(value, undefined, 2)).replace(marks, '#\\u0023')}\n`;
}

/**
 * `##[`, `##vso[` and `##teamcity[`: commands of GitHub's, Azure's and TeamCity's runners, wherever they stand in a
 * line.
 */
export const marks = /##(?=[^\s\]]*\[)/g;

/**
 * Text for the log of a CI server that none of them reads a command in: not those above, nor GitHub's `::command::` at
 * the head of a line, behind what .NET takes for blanks. A zero-width space stands between.
 */
export function inert(text: string): string {
  return text.replace(marks, '#\u200b#').replace(/(^|[\r\n])([\s\u0085]*)::/g, '$1$2\u200b::');
}
