import { createHash } from 'node:crypto';
import type { Finding } from '../check/index.ts';

/**
 * Tells the findings of one report apart, alike in each run, whatever lines have moved. A finding's fingerprint holds
 * for its chart only: charts made after one pattern have the same findings, and a reader that wants each fingerprint
 * once would drop all but one.
 */
export function identities(): (chart: string, finding: Pick<Finding, 'fingerprint'>) => string {
  const seen = new Map<string, number>();
  return (chart, { fingerprint }) => {
    const key = `${chart}\0${fingerprint}`;
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return createHash('sha256').update(`${key}\0${before}`).digest('hex').slice(0, 40);
  };
}
