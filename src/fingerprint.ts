import { sha256 } from './sha256.ts';

/** A finding's fingerprint: 20 hex digits of what it is about, which stay the same in every run. */
export function fingerprintOf(about: readonly unknown[]): string {
  return sha256(JSON.stringify(about)).slice(0, 20);
}
