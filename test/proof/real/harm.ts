// What an error says will happen, rule by rule, and whether it did.
import type { Finding } from '../../../src/finding.ts';
import type { Call } from './record.ts';

/** The harm that an error of a rule names, and how it is seen. */
export interface Harm {
  words: string;
  /** Where it is seen as a failed call, nothing that comes later in that call can be seen. */
  stops?: true;
  /** The script in which it is seen, where that is not the one of its action. */
  script?: 'failing';
  seen(finding: Finding, call: Call): boolean;
}

/** The harm of most errors. */
export const stops: Harm = { words: 'the action fails', stops: true, seen: (_, { exitCode }) => exitCode !== 0 };

/** The action fails where Helm waits; else the workload's pods do not start. */
const neverReady: Harm = {
  words: 'the action fails, or the workload is never ready',
  stops: true,
  seen: ({ resource }, { exitCode, states }) =>
    exitCode !== 0 || ['NotReady', 'Running', 'Failed'].includes(states[`${resource.kind}/${resource.name}`] ?? ''),
};

const anyNeverReady: Harm = {
  words: 'the action fails, or a workload is never ready',
  seen: (_, { exitCode, states }) =>
    exitCode !== 0 || Object.values(states).some((state) => state === 'NotReady' || state === 'Running'),
};

/** A pod without a readiness probe is ready while its command still waits: then its program never begins. */
const neverBegins: Harm = {
  words: 'the action fails, a workload is never ready, or its program never begins',
  seen: (finding, call) =>
    anyNeverReady.seen(finding, call) ||
    (call.began !== undefined && !call.began.some((pod) => pod.startsWith(`${finding.resource.name}-`))),
};

/** The same of the workload itself. */
const neverWorks: Harm = {
  words: 'the action fails, the workload is never ready, or its program never begins',
  stops: true,
  seen: (finding, call) => neverReady.seen(finding, call) || neverBegins.seen(finding, call),
};

const timesOut: Harm = {
  words: 'a failing migration makes Helm time out, instead of failing',
  script: 'failing',
  seen: (_, { name, exitCode, message }) =>
    name === 'install' && exitCode !== 0 && /timed out|InProgress|deadline exceeded/.test(message),
};

const leftOver: Harm = {
  words: 'after a failed migration the next run fails, or is skipped, though the cause is gone',
  script: 'failing',
  seen: (_, { name, exitCode, steps }) =>
    name === 'upgrade' && (exitCode !== 0 || steps.some(({ outcome }) => outcome === 'skipped')),
};

const notCreated: Harm = {
  words: 'Helm does not create it',
  seen: ({ resource }, { created }) => !created.includes(`${resource.kind}/${resource.name}`),
};

const runsTwice: Harm = {
  words: 'two hook Jobs run the migration',
  seen: (_, { steps }) => steps.filter(({ kind }) => kind === 'Job').length > 1,
};

const goneAfterwards: Harm = {
  words: 'the action fails, or the object is gone after it',
  seen: ({ resource }, { exitCode, left }) => exitCode !== 0 || !left.includes(`${resource.kind}/${resource.name}`),
};

const namespaceGone: Harm = {
  words: 'the action fails, or Helm deletes the namespace',
  seen: ({ resource }, { exitCode, deletedNamespaces }) =>
    exitCode !== 0 || (deletedNamespaces ?? []).includes(resource.name),
};

/** By rule; `undefined` for errors that say nothing of the cluster. */
export const harms: Readonly<Record<string, Harm | undefined>> = {
  'api-refused': stops,
  'backoff-limit': timesOut,
  'crd-order': stops,
  'dependency-cycle': neverBegins,
  'hook-claim': stops,
  'hook-conversion': goneAfterwards,
  'hook-deadlock': stops,
  'hook-delete-policy': leftOver,
  'hook-event': notCreated,
  'hook-order': stops,
  'hook-reference': stops,
  'hook-shared-resource': anyNeverReady,
  'hook-weight': stops,
  'immutable-field': stops,
  'immutable-job': stops,
  'job-deadline': stops,
  'job-name': stops,
  'job-schema': stops,
  'local-wait': neverReady,
  'missing-job': neverReady,
  'missing-key': neverReady,
  'never-ready': neverWorks,
  'not-judged': undefined,
  'one-hook-job': runsTwice,
  'release-namespace': namespaceGone,
  'resource-schema': stops,
  'restart-policy': stops,
  'sidecar-completion': neverReady,
  'single-run': neverReady,
  'stale-reference': stops,
  'wait-deadlock': stops,
};
