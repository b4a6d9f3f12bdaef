import type { Place, Resource } from '../parse/index.ts';
import type { Migration } from '../tools/index.ts';
import type { Hook } from './hook.ts';
import { placeIn, type Container, type Pod } from './pod.ts';
import { int, list, map } from './read.ts';

/** A resource that makes pods. */
export interface Workload {
  resource: Resource;
  kind: string;
  name: string;
  namespace: string;
  pod: Pod;
  /** How many pods at once: `replicas`, a Job's `parallelism`, 1 for a Pod. `undefined` for a DaemonSet: one a node. */
  replicas: number | undefined;
  /** Set when Helm runs it as a hook. */
  hook: Hook | undefined;
}

/** A migration that a container of a workload runs. */
export interface WorkloadMigration extends Migration {
  workload: Workload;
  container: Container;
  place: Place;
}

/** The migrations that a workload's containers run, in the order in which they start. */
export function migrationsOf(workload: Workload): WorkloadMigration[] {
  return workload.pod.containers.flatMap((container) =>
    container.understanding.migrations.map((migration) => ({
      ...migration,
      workload,
      container,
      place: placeIn(workload.resource, container, migration),
    })),
  );
}

/**
 * Equal for migrations that do the same to the same database, as far as the manifests show: image, the migrating
 * command lines however they are wrapped, environment with its Secrets and ConfigMaps by name, mounted files. A value
 * that is not visible counts by where it comes from.
 */
export function migrationKey({ workload, container }: WorkloadMigration): string {
  const raw = map(workload.resource.get(...container.path));
  const volumes = workload.pod.references
    .filter(({ via }) => via === 'volume')
    .map(({ kind, name }) => `${kind}/${name}`);
  const env = [...list(raw['env'])].map((item) => JSON.stringify(item)).sort();
  return JSON.stringify([
    workload.namespace,
    container.repository,
    container.understanding.migrations.map(({ line }) => line),
    raw['workingDir'],
    env,
    raw['envFrom'],
    raw['volumeMounts'],
    volumes,
  ]);
}

/** `Deployment/shop`: what a HorizontalPodAutoscaler scales. */
export function autoscalerTarget(scaler: Resource): string {
  const target = map(scaler.get('spec', 'scaleTargetRef'));
  return `${String(target['kind'])}/${String(target['name'])}`;
}

/** Which of a workload's pods start at the same time, in words; `undefined` for one at a time, and for Jobs. */
export function podsAtOnce(workload: Workload, scaler: Resource | undefined): string | undefined {
  const { kind, resource, replicas } = workload;
  if (!/^(Deployment|StatefulSet|DaemonSet|ReplicaSet)$/.test(kind)) return undefined;
  // A StatefulSet starts its pods one after the other unless told otherwise.
  if (kind === 'StatefulSet' && resource.get('spec', 'podManagementPolicy') !== 'Parallel') return undefined;
  if (replicas === undefined) return 'a pod on every node';
  if (replicas > 1) return `${replicas} replicas`;
  const most = scaler?.get('spec', 'maxReplicas');
  return typeof most === 'number' && most > 1
    ? `up to ${most} replicas (HorizontalPodAutoscaler/${scaler?.name ?? ''})`
    : undefined;
}

/**
 * How many pods of a StatefulSet must be ready before the one of a name is created: they are created one after the
 * other, in the order of their numbers, unless `podManagementPolicy: Parallel` says otherwise
 * (pkg/controller/statefulset/stateful_set_control.go of Kubernetes). 0 for the first, and for what is no pod of it.
 */
export function podsBefore({ kind, name, resource }: Workload, pod: string): number {
  if (kind !== 'StatefulSet' || resource.get('spec', 'podManagementPolicy') === 'Parallel') return 0;
  const number = pod.startsWith(`${name}-`) ? pod.slice(name.length + 1) : '';
  const start = int(resource.get('spec', 'ordinals', 'start')) ?? 0;
  return /^\d+$/.test(number) ? Math.max(0, Number(number) - start) : 0;
}
