import { createHash } from 'node:crypto';

/**
 * The name of a Helm release as helm-controller shortens it: longer than 53 characters, it is the first 40, a hyphen and
 * 12 digits of its SHA-256 (`internal/release/name.go`, `ShortenName`).
 */
export function shortName(name: string): string {
  if (Buffer.byteLength(name) <= 53) return name;
  return `${name.slice(0, 40)}-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
}
