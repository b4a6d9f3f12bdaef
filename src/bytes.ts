const encoder = new TextEncoder();

/** The bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** The bytes that a text of base64 stands for. */
export function base64Length(text: string): number {
  return Math.floor((/^(.*?)={0,2}$/s.exec(text)![1]!.length * 3) / 4);
}

/** The text in UTF-8 that base64 stands for; what is no base64 is left out. */
export function fromBase64(text: string): string {
  const digits = text
    .replace(/=.*/s, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/[^A-Za-z0-9+/]/g, '');
  const binary = atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits);
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
