import type { WriteRequest } from './api-server.ts';
import { jobEnd } from './jobs.ts';
import type { Loose, Obj } from './kinds.ts';
import type { Blocked } from './player.ts';
import type { Change, Store } from './store.ts';

/**
 * How a hook ended. `skipped`: Helm took an old object's end for this run's; `refused`: the API server did not take it.
 */
export type Outcome = 'succeeded' | 'failed' | 'timed-out' | 'skipped' | 'refused';

/** One run of one hook. */
export interface Step {
  event: string;
  kind: string;
  name: string;
  outcome: Outcome;
}

/** What was seen of one play. */
export interface Observation {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** The hooks in the order in which Helm created them. */
  steps: Step[];
  /** Ordinary resources that Helm created in this play, `Kind/name`, in order. */
  createdOrdinary: string[];
  /** What stood still at the end, or when Helm deleted it. */
  blocked: Blocked[];
  /** What exists at the end and the release made, `Kind/name`, sorted. */
  left: string[];
  /** Ends of `Job`s that are not hooks, and readiness of workloads: `Kind/name` to a state. */
  states: Record<string, string>;
  writes: WriteRequest[];
  /** Namespaces that Helm deleted, where the cluster is a real one. */
  deletedNamespaces?: string[];
  milliseconds: number;
}

const events: Record<string, string> = {
  'pending-install': 'install',
  'pending-upgrade': 'upgrade',
  'pending-rollback': 'rollback',
  uninstalling: 'delete',
};

/** The hook events that an object is annotated with. */
export function hookEvents(object: Obj | undefined): string[] {
  const value = object?.metadata?.annotations?.['helm.sh/hook'];
  return typeof value === 'string' ? value.split(',').map((part) => part.trim().toLowerCase()) : [];
}

const isRecord = (write: WriteRequest) => write.kind === 'Secret' && write.name.startsWith('sh.helm.release.v1.');

/** Reads the hooks' runs out of the writes of one play. `history` tells how their Jobs and Pods ended. */
export function stepsOf(writes: WriteRequest[], history: Change[], ok: boolean): Step[] {
  let action = 'install';
  const steps: (Step & { uid?: string; made: string })[] = [];
  for (const write of writes) {
    if (isRecord(write)) {
      action = events[write.object?.metadata?.labels?.status] ?? action;
      continue;
    }
    const listed = hookEvents(write.object);
    if (!['create', 'apply'].includes(write.verb) || listed.length === 0) continue;
    const fitting = listed.filter((event) => event.endsWith(`-${action}`));
    const before = steps.filter(
      (step) => step.name === write.name && step.kind === write.kind && fitting.includes(step.event),
    ).length;
    const event =
      fitting.sort((a, b) => Number(a.startsWith('post')) - Number(b.startsWith('post')))[before] ??
      fitting[0] ??
      listed[0] ??
      '';
    steps.push({
      event,
      kind: write.kind,
      name: write.name,
      outcome: 'succeeded',
      uid: write.object?.metadata?.uid,
      made: write.outcome,
    });
  }
  return steps.map(({ uid, made, ...step }, index) => {
    const last = index === steps.length - 1 || steps[index + 1]?.event !== step.event;
    return { ...step, outcome: outcomeOf(step.kind, made, lastSeen(history, uid), !ok && last) };
  });
}

function lastSeen(history: Change[], uid: string | undefined): Obj | undefined {
  return uid === undefined ? undefined : history.findLast(({ object }) => object.metadata.uid === uid)?.object;
}

function outcomeOf(kind: string, made: string, object: Obj | undefined, suspect: boolean): Outcome {
  if (!['created', 'configured', 'unchanged'].includes(made)) return 'refused';
  const end = kind === 'Job' && object ? jobEnd(object) : kind === 'Pod' ? podEnd(object) : 'Complete';
  if (end === 'Failed') return 'failed';
  if (end === 'Complete') return made === 'created' || !['Job', 'Pod'].includes(kind) ? 'succeeded' : 'skipped';
  return suspect ? 'timed-out' : 'succeeded';
}

function podEnd(pod: Obj | undefined): 'Complete' | 'Failed' | undefined {
  return pod?.status?.phase === 'Succeeded' ? 'Complete' : pod?.status?.phase === 'Failed' ? 'Failed' : undefined;
}

/** Ordinary resources that were created in a play. */
export function ordinaryOf(writes: WriteRequest[]): string[] {
  return writes
    .filter((write) => !isRecord(write) && write.outcome === 'created' && hookEvents(write.object).length === 0)
    .map((write) => `${write.kind}/${write.name}`);
}

/** What a chart made and what still exists, without what controllers own and what every namespace has. */
export function leftIn(store: Store): string[] {
  return store
    .all()
    .filter(({ resource, object }) => {
      const { name, ownerReferences } = object.metadata;
      if (ownerReferences?.length > 0 || ['namespaces', 'nodes', 'events'].includes(resource.id)) return false;
      if (
        name ===
        (resource.id === 'serviceaccounts' ? 'default' : resource.id === 'configmaps' ? 'kube-root-ca.crt' : undefined)
      )
        return false;
      return !name.startsWith('sh.helm.release.v1.');
    })
    .map(({ object }) => `${object.kind}/${object.metadata.name}`)
    .sort();
}

/** How Jobs ended and whether workloads are ready, by `Kind/name`. */
export function statesOf(store: Store): Record<string, string> {
  const jobs = store.list('jobs.batch').map((job) => [`Job/${job.metadata.name}`, jobEnd(job) ?? 'Running']);
  const workloads = ['deployments.apps', 'statefulsets.apps', 'daemonsets.apps'].flatMap((id) =>
    store.list(id).map(({ kind, metadata, spec, status }: Loose) => {
      const wanted = kind === 'DaemonSet' ? 1 : spec.replicas;
      return [
        `${kind}/${metadata.name}`,
        (status?.readyReplicas ?? status?.numberReady ?? 0) >= wanted ? 'Ready' : 'NotReady',
      ];
    }),
  );
  return Object.fromEntries([...jobs, ...workloads]) as Record<string, string>;
}
