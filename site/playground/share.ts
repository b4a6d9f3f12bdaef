// The state of the playground as the fragment of an address, which browsers send to nobody.
import { checked, type Shared } from './settings.ts';

/** Characters of a fragment at most: longer addresses get cut off where people paste them. */
export const longestFragment = 30_000;
/** Bytes that a fragment may unfold to. */
const mostBytes = 8 * 1024 * 1024;
const prefix = '#v1=';

/** The fragment for a state; `undefined` where it would be too long. */
export async function fragmentOf(shared: Shared): Promise<string | undefined> {
  // Whatever is ten times as long does not get short enough.
  if (shared.text.length > 20 * longestFragment) return undefined;
  const stream = new Blob([JSON.stringify(shared)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const text = btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  return text.length > longestFragment ? undefined : `${prefix}${text}`;
}

/** The state that a fragment holds; `undefined` where it holds none, `null` where it is damaged. */
export async function sharedIn(fragment: string): Promise<Shared | null | undefined> {
  if (!fragment.startsWith(prefix)) return undefined;
  try {
    const binary = atob(fragment.slice(prefix.length).replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    const value: unknown = JSON.parse(await unfolded(bytes));
    if (typeof value !== 'object' || value === null) return null;
    const { text, ...rest } = value as Record<string, unknown>;
    return typeof text === 'string' ? { ...checked(rest), text } : null;
  } catch {
    return null;
  }
}

/** Throws where it is not what was folded, and where it gets too large. */
async function unfolded(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > mostBytes) throw new RangeError('too large');
    text += decoder.decode(value, { stream: true });
  }
}
