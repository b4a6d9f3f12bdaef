import type { SetOption } from '../helm/index.ts';
import type { PolicyService, Rule, Severity } from '../rule.ts';

/** What a team writes down in `.migrate-lint.yaml`, with all that it extends; paths are absolute. */
export interface Policy {
  /** The file that was found or named. */
  file: string;
  /** All policy files and plugins that were read for it. */
  files: readonly string[];
  preset?: Preset;
  rules: Readonly<Record<string, { severity: Severity | 'off'; options: Readonly<Record<string, unknown>> } & Origin>>;
  services: readonly (PolicyService & Origin)[];
  commands: readonly (PolicyCommand & Origin)[];
  external: readonly string[];
  scenarios: readonly Scenario[];
  ignore: readonly Ignore[];
  dependencies?: Dependencies;
  /** The team's own rules. */
  own: readonly Rule[];
  overrides: readonly Override[];
}

/** A policy file that says nothing. */
export const emptyPolicy = (file: string): Policy => ({
  file,
  files: [],
  rules: {},
  services: [],
  commands: [],
  external: [],
  scenarios: [],
  ignore: [],
  own: [],
  overrides: [],
});

export const presets = ['recommended', 'strict', 'all'] as const;
export type Preset = (typeof presets)[number];

/** Whose findings in subcharts are reported. */
export type Dependencies = 'all' | 'own' | 'none';

/** Where an entry stands, for messages: `.migrate-lint.yaml:12`. */
export interface Origin {
  origin: string;
}

/** What a command of the team's does. */
export interface PolicyCommand {
  match?: string;
  image?: string;
  migrates?: boolean | string;
  waits?: readonly string[];
}

/** One way in which a chart is deployed. */
export interface Scenario {
  name: string;
  values: readonly string[];
  set: readonly SetOption[];
  engine?: 'helm' | 'argocd' | 'flux';
  wait?: boolean;
  kubeVersion?: string;
  namespace?: string;
  from?: string;
  /** Where it stands: `.migrate-lint.yaml:12`. */
  origin: string;
}

/**
 * Findings that are not reported: those for which all that is given here holds. `base` is the folder that paths are
 * relative to.
 */
export interface Ignore extends Origin {
  base: string;
  files?: readonly string[];
  /** Chart folders. */
  charts?: readonly string[];
  /** Subcharts by name, `redis` or `platform/redis`. */
  subcharts?: readonly string[];
  /** `KIND/NAME`. */
  resources?: readonly string[];
  rules?: readonly string[];
  reason?: string;
  /** The last day on which it has an effect, in UTC: 2027-01-31. */
  until?: string;
}

/** What is different for some charts. */
export interface Override
  extends Origin, Omit<Policy, 'file' | 'files' | 'preset' | 'own' | 'overrides' | 'scenarios'> {
  base: string;
  charts: readonly string[];
  scenarios?: readonly Scenario[];
}

/**
 * A policy file that cannot be used; `messages` has a line for each fault with file, line and what was expected,
 * `message` is the first.
 */
export class PolicyError extends Error {
  readonly messages: readonly string[];

  constructor(message: string, ...more: string[]) {
    super(message);
    this.name = 'PolicyError';
    this.messages = [message, ...more];
  }
}
