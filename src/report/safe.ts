/**
 * Text of a chart made fit for a terminal: control characters (escapes that move the cursor or paint) and characters that
 * change the direction of text are shown, not sent.
 */
export function safe(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
