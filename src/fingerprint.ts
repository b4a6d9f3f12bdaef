import { createHash } from 'node:crypto';

/** A finding's fingerprint: 20 hex digits of what it is about, which stay the same in every run. */
export function fingerprintOf(about: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 20);
}
