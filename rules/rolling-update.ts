import { defineRule, describe, map, str, tieOf, type Workload } from '../src/rule.ts';

export const rollingUpdate = defineRule({
  id: 'rolling-update',
  title: 'A migrated service goes down during an update',
  severity: 'info',
  preset: 'strict',
  why: `The migration Job changes the schema while the old pods still serve requests. With a rolling update the new pods
    take over one by one. No request is lost as long as the old code works with the new schema. \`Recreate\` stops all
    old pods first, and a \`maxUnavailable\` of all replicas allows them to stop at once. The service is then
    unavailable until a new pod is ready. If the new version never becomes ready, the service stays unavailable.`,
  fix: `Use the strategy RollingUpdate with \`maxUnavailable: 0\`, and write migrations that the previous version works with
    (add first, remove one release later).`,
  off: `When old code must never meet the new schema, or a volume can be mounted only once. \`Recreate\` is then correct.`,
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
            help: 'Write `type: RollingUpdate`.',
            resource,
          };
        } else {
          const most = resource.get('spec', 'strategy', 'rollingUpdate', 'maxUnavailable');
          if (allowed(most, replicas) < replicas) continue;
          yield {
            at: resource.place('spec', 'strategy', 'rollingUpdate', 'maxUnavailable'),
            message: `${describe(workload)}, which ${describe(job)} migrates, may stop ${replicas === 1 ? 'its only replica' : `all its ${replicas} replicas`} at once during an update (maxUnavailable: ${str(most)})`,
            help: `Write \`maxUnavailable: 0\`${/^0%?$/.test(str(resource.get('spec', 'strategy', 'rollingUpdate', 'maxSurge')) ?? '') ? ' and `maxSurge: 1`' : ''}.`,
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
