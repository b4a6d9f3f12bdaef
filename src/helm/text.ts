const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g;
// C0 without tab and newline, DEL, C1, and the marks that turn the direction of text.
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** `text` without terminal escapes and control characters; tabs and newlines stay. */
export function plain(text: string): string {
  return text.replace(escapes, '').replace(controls, '');
}

/** `text` on one line, at most `max` characters long. */
export function oneLine(text: string, max = 600): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}

const simple: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Undoes Go's `strconv.Quote`; text without quotes comes back as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text
    .slice(1, -1)
    .replace(
      /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gi,
      (_all, x?: string, u?: string, long?: string, char = '') => {
        const hex = x ?? u ?? long;
        if (hex === undefined) return simple[char as string] ?? (char as string);
        const code = parseInt(hex, 16);
        return code <= 0x10ffff ? String.fromCodePoint(code) : '�';
      },
    );
}
