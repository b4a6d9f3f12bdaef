import { relative } from 'node:path';
import { matchesPattern } from './pattern.ts';
import type { Policy } from './policy.ts';

/** The policy as it holds for one chart, by its absolute path. */
export function policyFor(policy: Policy, chart: string): Policy {
  return policy.overrides.reduce((so, { base, charts, ...over }): Policy => {
    const path = relative(base, chart).replaceAll('\\', '/') || '.';
    if (!charts.some((pattern) => matchesPattern(pattern.replace(/(.)\/$/, '$1'), path))) return so;
    return {
      ...so,
      rules: { ...so.rules, ...over.rules },
      services: [...so.services, ...over.services],
      commands: [...over.commands, ...so.commands],
      external: [...so.external, ...over.external],
      ignore: [...so.ignore, ...over.ignore],
      scenarios: over.scenarios ?? so.scenarios,
      dependencies: over.dependencies ?? so.dependencies,
    };
  }, policy);
}
