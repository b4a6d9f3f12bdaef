// What `migrate-lint plan` shows, as plain data: its JSON is a Plan as it is (schema/plan.schema.json).

import type { RolloutChanges } from '../result.ts';

/** A line of a template, named as findings name files. */
export interface At {
  file: string;
  line: number;
}

/** A release that Git deploys, in its place among the others. */
export interface PlanRelease {
  name: string;
  by: 'argocd' | 'flux' | 'helmfile';
  at: At;
  /** The path of its chart, or what chart it is where that is not here. */
  chart?: string;
  /** From 1; those of one lane begin together. None where it is in a cycle, or comes after one. */
  lane?: number;
  /** The sync wave in its app of apps. */
  wave?: number;
  /** The releases that are complete before it begins. */
  after: string[];
  /** How its install ends. `unknown`: it was not planned. */
  state: 'passes' | 'stops' | 'may-stop' | 'not-reached' | 'unknown';
  /** The same on one line. */
  text: string;
  /** Why it waits for a release that comes later, link by link. */
  chain?: { text: string; at: At }[];
}

/** The rollout of one chart in one scenario: an install and an upgrade. */
export interface Plan {
  chart: { path: string; name: string; version: string };
  /** The scenarios that roll out so; absent where there is one only. */
  scenarios?: string[];
  engine: 'helm' | 'argocd' | 'flux';
  /** The major version of Helm; absent where it may be 3 or 4. */
  helm?: 3 | 4;
  /** Whether the resources are waited for. */
  wait: boolean;
  /** The last revision that the upgrade starts from, where one is named. */
  from?: string;
  /** What changed since then, where that revision holds the chart. */
  changes?: RolloutChanges;
  /** One for each action; one for both where they roll out alike. */
  rollouts: Rollout[];
}

/** How an action goes, phase by phase. */
export interface Rollout {
  actions: ('install' | 'upgrade')[];
  outcome: Outcome;
  phases: Phase[];
  /** All resources of the phases, each once. */
  resources: PlanResource[];
  /** Errors and warnings of the rules about this rollout. */
  findings: PlanFinding[];
}

/**
 * `passes`: no step waits in vain. `stops`: a step never ends. `may-stop`: under a condition that the chart does not
 * decide.
 */
export interface Outcome {
  state: 'passes' | 'stops' | 'may-stop';
  /**
   * The verdict on one line: `install hangs: hook 1 of 11, Job/auth-migrations, waits for Service/elk (created later)`.
   */
  text: string;
  /** The resource at whose step it stops: its id. */
  at?: string;
  /** The phase in which it stops, from 1. */
  phase?: number;
  /** The ids of the need's workload, of what it waits for and so on, down to what is missing. */
  chain?: string[];
}

/** A part of the rollout: the hooks of an event, the resources, a wave of Argo CD. */
export interface Phase {
  /** From 1. */
  number: number;
  /** `pre-install hooks`, `resources`, `PreSync, wave 0`. */
  title: string;
  /** How it is carried out: `one at a time, each must finish`. */
  how: string;
  /** Whether the rollout gets here. */
  reached: boolean;
  /** In the order in which they are carried out; resources of one step are created together. */
  steps: PlanStep[];
}

/** A step of a phase: ids of resources. */
export interface PlanStep {
  state: 'passes' | 'stops' | 'may-stop' | 'not-reached';
  create: string[];
  /** What must be ready or complete before the next step. */
  await: string[];
  /** What is deleted at its end. */
  remove: string[];
}

/** A resource of the release. */
export interface PlanResource {
  /** `Job/default/migrate`; with `#2` for another one of that name. */
  id: string;
  kind: string;
  name: string;
  namespace: string;
  at: At;
  /** The subchart that it is in. */
  subchart?: string;
  hook?: { events: string[]; weight: number; deletePolicies: string[]; isDefaultPolicy: boolean };
  /** What a Job has of its own to end by. */
  activeDeadlineSeconds?: number;
  backoffLimit?: number;
  /** It runs migrations. */
  migrates?: true;
  /** It never becomes ready, as far as the chart shows, though no step waits for it. */
  stuck?: true;
  /** It counts as ready, and yet its program never starts, as far as the chart shows. */
  idle?: true;
  /** What its pods need before they are ready, in the order in which they need it. */
  needs: PlanNeed[];
}

/** Something that a pod needs or waits for. */
export interface PlanNeed {
  type: 'wait' | 'reference' | 'connection';
  /** `waits for elk:9200 (nc)`, `needs Secret db (env)`. */
  text: string;
  /** The ids of what it asks for; none where that is outside of the chart. */
  targets: string[];
  /**
   * `met`: it is there in time; `unmet`: it never comes; `in-vain`: neither, and the wait gives up or asks for what is
   * in a database; `outside`: it is none of the chart's business.
   */
  state: 'met' | 'unmet' | 'in-vain' | 'outside';
  /** When what it asks for comes: `created in phase 2`, `there since the last revision`. */
  when: string;
  /** The condition on which it waits: `if [ "$MODE" = init ]`. */
  doubt?: string;
  at: At;
  /** Why it is not met, link by link, each with its line; of unmet needs only. */
  because: { text: string; at: At }[];
  /** The ids of the resources on that chain. */
  chain: string[];
}

/** A finding of the rules, where it is about a resource of this rollout. */
export interface PlanFinding {
  rule: string;
  severity: 'error' | 'warning' | 'info';
  message: string;
  /** The resource's id. */
  resource?: string;
  at: At;
  /** The ids that its chain goes through. */
  chain: string[];
}
