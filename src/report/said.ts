import type { Finding } from '../check/index.ts';
import { short } from './safe.ts';

/**
 * The conditions under which a finding holds: `upgrade only`, `only with elk.enabled=true`, `only in scenario staging`,
 * `in subchart redis`.
 */
export function conditionsOf({ actions, only, dependency }: Finding): string[] {
  return [
    actions.length === 1 ? `${actions[0]} only` : '',
    only ?? '',
    dependency === undefined ? '' : `in subchart ${dependency}`,
  ].filter(Boolean);
}

/** A finding's message with its conditions, for formats that have one text. */
export function said(finding: Finding): string {
  const conditions = conditionsOf(finding);
  return short(conditions.length > 0 ? `${finding.message} (${conditions.join('; ')})` : finding.message);
}
