import type { Fix } from '../fix/plan.ts';
import type { Location } from '../place/index.ts';
import type { Action, Severity } from '../rule.ts';

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
  /** The smallest setting of values that shows it, where the chart's defaults do not: `only with elk.enabled=true`. */
  only?: string;
  /** The scenarios in which it appears, where more than one was linted. */
  scenarios?: string[];
  /** The subchart in which it stands, by its names from the parent down. */
  dependency?: string;
  /** How to mend it. */
  help: string;
  /** The edit that mends it, only where it is certain. */
  fix?: Fix;
  /** The same finding in another run: rule, resource and place in it, whatever lines have moved. */
  fingerprint: string;
}
