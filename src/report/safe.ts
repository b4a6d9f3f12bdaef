const unfit =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const longest = 1_000;

/**
 * Text of a chart made fit to be shown: control characters (escapes that move the cursor or paint), characters that change the
 * direction of text, and what is no character at all are shown by number, not sent.
 */
export function safe(text: string): string {
  return text.replace(unfit, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Such text on one line of bounded length: names, and messages that stand for themselves. */
export function safeLine(text: string): string {
  const line = safe(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

/** JSON whose text holds no such characters either; its value is the same. */
export function safeJson(value: unknown): string {
  return `${safe(JSON.stringify(value, undefined, 2))}\n`;
}
