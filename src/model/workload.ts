import type { Place, Resource } from '../parse/index.ts';
import type { Migration } from '../tools/index.ts';
import type { Hook } from './hook.ts';
import { placeIn, type Container, type Pod } from './pod.ts';

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
      place: placeIn(workload.resource, container, migration.at),
    })),
  );
}
