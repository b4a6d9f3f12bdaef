import { rules as catalogue } from '../rules/index.ts';
import { presets, type ActiveRule } from './check/index.ts';
import { PolicyError, type Policy } from './config/policy.ts';
import { near } from './config/near.ts';
import type { Rule, Severity } from './rule.ts';
import { lineOf } from './suppress/by-policy.ts';
import { furtherChecks, suppressionChecks } from './suppress/checks.ts';

/** What chooses rules, the command line over the policy. */
export interface RuleChoice {
  policy?: Policy;
  /** The policy's, or `recommended`. */
  preset?: Rule['preset'];
  /** Ids of rules: no others are applied, and these whatever the preset. */
  only?: readonly string[];
  /** Ids of rules whose findings are suppressed. */
  ignoreRules?: readonly string[];
  /** Severities by rule id, over those of the policy. */
  severities?: Readonly<Record<string, Severity | 'off'>>;
  ruleOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** All rules, and what is checked beside charts. */
const allRules: readonly Rule[] = [...catalogue, ...furtherChecks];
const ids: ReadonlySet<string> = new Set(allRules.map(({ id }) => id));
const always: ReadonlySet<string> = new Set(suppressionChecks.map(({ id }) => id));

/** Ids of all rules, with those of the policy's plugins. */
export function knownRules(policy: Policy | undefined): ReadonlySet<string> {
  return policy?.own.length ? new Set([...ids, ...policy.own.map(({ id }) => id)]) : ids;
}

/**
 * The rules that apply, with their severities and options. A rule of the preset that the policy or an option turns off
 * is among them, marked: its findings are suppressed and counted. Throws {@link PolicyError} for a name that is no
 * rule.
 */
export function activeRules(choice: RuleChoice): ActiveRule[] {
  const { policy, only, severities = {}, ignoreRules = [] } = choice;
  const known = knownRules(policy);
  for (const id of [...(only ?? []), ...ignoreRules, ...Object.keys(severities)])
    if (!known.has(id))
      throw new PolicyError(`there is no rule ${id}${near(id, known) || '; migrate-lint rules lists them'}`);
  const preset = presets.indexOf(choice.preset ?? policy?.preset ?? 'recommended');
  return [
    ...allRules.map((rule) => active(rule, presets.indexOf(rule.preset) <= preset, choice)),
    ...(policy?.own ?? []).map((rule) => active(rule, true, choice)),
  ].filter((one) => one !== undefined);
}

function active(rule: Rule, inPreset: boolean, choice: RuleChoice): ActiveRule | undefined {
  const { policy, only, ignoreRules, severities, ruleOptions } = choice;
  const { id } = rule;
  const written = policy && Object.hasOwn(policy.rules, id) ? policy.rules[id] : undefined;
  const option = severities && Object.hasOwn(severities, id) ? severities[id] : undefined;
  const named = only?.includes(id) === true;
  if (only && !named && !always.has(id)) return undefined;
  const chosen = option ?? (named && written?.severity === 'off' ? undefined : written?.severity);
  if (!named && !inPreset && (chosen === undefined || chosen === 'off')) return undefined;
  const off = ignoreRules?.includes(id)
    ? ({ by: 'option', reason: `--ignore ${id}` } as const)
    : chosen !== 'off'
      ? undefined
      : option
        ? ({ by: 'option', reason: `--severity ${id}=off` } as const)
        : ({ by: 'policy', at: lineOf(written!.origin), reason: `rules: ${id}: off` } as const);
  return {
    rule,
    ...(chosen && chosen !== 'off' && { severity: chosen }),
    ...(!option && chosen && chosen !== 'off' && written && { severityAt: lineOf(written.origin) }),
    ...(off && { off }),
    // A rule that is asked for by name says all that it has to say.
    ...(!named && chosen === undefined && { preset: choice.preset ?? policy?.preset ?? 'recommended' }),
    options: {
      ...Object.fromEntries(Object.entries(rule.options ?? {}).map(([key, { default: value }]) => [key, value])),
      ...written?.options,
      ...ruleOptions?.[id],
    },
  };
}
