import { defineRule, describe, map, str, tieOf, type Workload } from '../src/rule.ts';

export const rollingUpdate = defineRule({
  id: 'rolling-update',
  title: 'A service with a migration Job goes down while it is updated',
  severity: 'info',
  preset: 'strict',
  why: `The migration Job changes the schema while the old pods still serve. With a rolling update the new pods take over one by one, so no request is lost as long as the old code
can live with the new schema. \`Recreate\` stops all old pods first, and a \`maxUnavailable\` of all replicas lets them stop at once: the service is away until a new pod is ready,
and if the new version never becomes ready, it stays away.`,
  fix: 'Leave `strategy` at RollingUpdate with `maxUnavailable: 0` and write migrations that the version before can live with (add first, remove a release later).',
  off: 'When old code must never meet the new schema, or a volume can be mounted only once: then `Recreate` is right.',
  see: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy',
    'https://atlasgo.io/guides/deploying/k8s-init-container',
  ],
  *check({ release }) {
    const seen = new Set<Workload>();
    const lists = new Set<readonly Workload[]>();
    for (const { workload: job } of release.migrations) {
      if (job.kind !== 'Job') continue;
      const tied = tieOf(job, release)?.workloads ?? [];
      // Jobs of one service share the list.
      if (lists.has(tied)) continue;
      lists.add(tied);
      for (const workload of tied) {
        const replicas = workload.replicas ?? 0;
        if (workload.kind !== 'Deployment' || seen.has(workload) || replicas === 0 || oneWriter(workload)) continue;
        seen.add(workload);
        const { resource } = workload;
        if (resource.get('spec', 'strategy', 'type') === 'Recreate') {
          yield {
            at: resource.place('spec', 'strategy', 'type'),
            message: `${describe(workload)}, which ${describe(job)} migrates, stops all its pods before a new one starts (Recreate)`,
            resource,
          };
        } else {
          const most = resource.get('spec', 'strategy', 'rollingUpdate', 'maxUnavailable');
          if (allowed(most, replicas) < replicas) continue;
          yield {
            at: resource.place('spec', 'strategy', 'rollingUpdate', 'maxUnavailable'),
            message: `${describe(workload)}, which ${describe(job)} migrates, may lose all of its ${replicas === 1 ? 'one replica' : `${replicas} replicas`} at once in an update (maxUnavailable ${str(most)})`,
            resource,
          };
        }
      }
    }
  },
});

/** A claim in the pod template: often a volume that one pod at a time can mount, and then the old pod must go first. */
function oneWriter(workload: Workload): boolean {
  return workload.pod.references.some(({ kind }) => kind === 'PersistentVolumeClaim');
}

/** How many pods may be away: a number, or a percentage rounded down. */
function allowed(value: unknown, replicas: number): number {
  const text = str(value) ?? str(map(value)['value']) ?? '';
  const number = Number.parseInt(text, 10);
  if (!Number.isInteger(number)) return 0;
  return text.endsWith('%') ? Math.floor((replicas * number) / 100) : number;
}
