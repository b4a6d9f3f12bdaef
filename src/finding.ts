import type { Fix } from './fix/plan.ts';
import type { FileLine, Location } from './place/location.ts';
import type { Action, Severity } from './rule.ts';

/** A finding as reports show it. */
export interface Finding {
  rule: string;
  severity: Severity;
  message: string;
  resource: { apiVersion: string; kind: string; name: string; namespace: string };
  location: Location;
  /** The chain of reasons, each with its own place. */
  because: { message: string; location: Location }[];
  /** The actions in which it happens. */
  actions: Action[];
  /**
   * The smallest setting of values that shows it, where the chart's defaults do not: `only with elk.enabled=true`;
   * `seen with …` where the bounds of --explore left it larger.
   */
  only?: string;
  /** The scenarios in which it appears, where more than one was linted. */
  scenarios?: string[];
  /** The subchart in which it stands, by its names from the parent down. */
  dependency?: string;
  /** How to fix it. */
  help: string;
  /** The edit that fixes it, only where it is certain. */
  fix?: Fix;
  /** The policy gives the rule a milder severity than the rule itself has. */
  lowered?: { from: Severity; at?: FileLine };
  /** The same finding in another run: rule, resource and place in it, whatever lines have moved. */
  fingerprint: string;
}

/**
 * What suppresses a finding: a comment in a template, the annotation `migrate-lint/ignore`, the policy, the baseline,
 * an option of the command line; `subchart`: it is in a third-party chart, whose findings are not shown by default.
 */
export type Suppressor = 'comment' | 'annotation' | 'policy' | 'baseline' | 'option' | 'subchart';

/** By what a finding is suppressed, where that is written, and the reason that is given there. */
export interface Suppression {
  by: Suppressor;
  at?: FileLine;
  reason?: string;
}

/** A finding that is not reported. */
export interface Suppressed extends Suppression {
  finding: Finding;
}
