/** The first 32 bits of the fractions of cube roots of the first 64 primes, and of square roots of the first eight. */
const primes = Array.from({ length: 310 }, (_, index) => index + 2).filter((candidate, _, all) =>
  all.every((other) => other >= candidate || candidate % other !== 0),
);
const bitsOf = (root: number) => ((root - Math.floor(root)) * 2 ** 32) | 0;
const constants = Int32Array.from(primes.slice(0, 64), (prime) => bitsOf(Math.cbrt(prime)));
const initial = Int32Array.from(primes.slice(0, 8), (prime) => bitsOf(Math.sqrt(prime)));

/** The SHA-256 of a text in UTF-8, as hex digits (FIPS 180-4): Node's own is not in a browser, the browser's is not synchronous. */
export function sha256(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const blocks = new Uint8Array(((bytes.length + 72) >> 6) << 6);
  blocks.set(bytes);
  blocks[bytes.length] = 0x80;
  const view = new DataView(blocks.buffer);
  view.setUint32(blocks.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(blocks.length - 4, (bytes.length << 3) >>> 0);
  const hash = initial.slice();
  const schedule = new Int32Array(64);
  for (let offset = 0; offset < blocks.length; offset += 64) addBlock(hash, schedule, view, offset);
  return Array.from(hash, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

function addBlock(hash: Int32Array, schedule: Int32Array, view: DataView, offset: number): void {
  for (let at = 0; at < 64; at += 1) {
    if (at < 16) {
      schedule[at] = view.getInt32(offset + at * 4);
      continue;
    }
    const [early, late] = [schedule[at - 15]!, schedule[at - 2]!];
    const small = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const large = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    schedule[at] = schedule[at - 16]! + small + schedule[at - 7]! + large;
  }
  let [a, b, c, d, e, f, g, h] = hash as unknown as [number, number, number, number, number, number, number, number];
  for (let at = 0; at < 64; at += 1) {
    const choice = (e & f) ^ (~e & g);
    const first = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + choice + constants[at]! + schedule[at]!;
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + majority;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) hash[index]! += word;
}

function turned(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
