import {
  defineRule,
  describe,
  describeAll,
  groupBy,
  map,
  type Engine,
  type Release,
  type Resource,
  type Workload,
} from '../src/rule.ts';

export const immutableJob = defineRule({
  id: 'immutable-job',
  title: 'A plain Job with a fixed name cannot be upgraded',
  severity: 'warning',
  preset: 'recommended',
  why: `The pod template of a Job is immutable. Helm patches a plain Job (one that is not a hook) under the same name at the
    next upgrade. A new image tag is enough to make this fail: "cannot patch "migrate" with kind Job: Job.batch
    "migrate" is invalid: spec.template: … field is immutable". An unchanged Job does not run again.`,
  fix: `Put the image tag or the revision (\`-{{ .Release.Revision }}\`, not under Argo CD) into the name, and into whatever
    waits for the Job. Alternatively, make the Job a hook, which Helm deletes before it creates it again.
    \`ttlSecondsAfterFinished\` also makes room for the new Job, but a pod that waits for the Job then waits for one
    that is gone.`,
  off: 'When the Job is deleted by hand or by a pipeline before each upgrade.',
  see: [
    'https://github.com/helm/helm/issues/7725',
    'https://github.com/Kong/charts/issues/43',
    'https://github.com/openfga/helm-charts/issues/69',
  ],
  *check({ release, action, from, on, uniqueName, engine }) {
    if (action !== 'upgrade') return;
    let waiters: ReturnType<typeof waitersByJob> | undefined;
    for (const job of release.jobs) {
      const { resource, hook } = job;
      if (hook || !resource.name || uniqueName(resource) || replaced(resource.annotations)) continue;
      // A name that the install render does not have is random, or the Job's own for upgrades.
      if (on('install').release.find('Job', resource.name, job.namespace).length === 0) continue;
      if (engine === 'argocd' && resource.annotations['argocd.argoproj.io/hook'] !== undefined) continue;
      const before = from?.release
        .workloadsNamed(job.name, job.namespace)
        .find((old) => old.kind === 'Job' && !old.hook);
      const changed = before && written(before.resource) !== written(resource);
      const ttl = map(resource.get('spec'))['ttlSecondsAfterFinished'] !== undefined;
      if (from && !changed) continue;
      // Gone by the next upgrade, or another Job then: Helm creates it.
      if (!changed && (ttl || namedByContent(job))) continue;
      const onlyAnnotations = changed && written(before.resource, true) === written(resource, true);
      const doubt = ttl
        ? ', unless its TTL has removed it'
        : onlyAnnotations
          ? ', unless its annotations are the same in the cluster'
          : '';
      yield {
        at: resource.place('metadata', 'name'),
        message: changed
          ? `The pod template of ${describe(resource)} differs from that in ${from!.label}, but the pod template of a Job is immutable${doubt}`
          : `${describe(resource)} is a plain Job with a fixed name: the next upgrade that changes its pod template (such as a new image tag) fails`,
        help: adviceFor(
          job,
          release,
          engine,
          ((waiters ??= waitersByJob(release)).get(job.name) ?? []).map((one) => one.workload),
        ),
        severity: changed && !doubt ? 'error' : 'warning',
        because: changed
          ? [{ message: `as it is in ${from!.label}`, at: before.resource.place('spec', 'template') }]
          : [],
      };
    }
  },
});

/**
 * A new name for each revision, also where pods wait for the Job; what has a hook instead must not be awaited by the
 * release.
 */
function adviceFor(
  { name, resource, namespace }: Workload,
  release: Release,
  engine: Engine,
  waiters: readonly Workload[],
): string {
  const also = waiters.length > 0 ? `, and wait for that name in ${describeAll(waiters)}` : '';
  if (engine !== 'argocd') return `Append \`-{{ .Release.Revision }}\` to the name of ${describe(resource)}${also}.`;
  const [image] = release.find('Job', name, namespace).length > 0 ? ['the image tag'] : [];
  return `Append ${image ?? 'the version'} to the name of ${describe(resource)}${also}: the revision is always 1 under Argo CD.`;
}

/** The Jobs that workloads wait for, and who does, by the Job's name. */
function waitersByJob(release: Release): ReadonlyMap<string, readonly { job: string; workload: Workload }[]> {
  const waits = release.workloads.flatMap((workload) => {
    const jobs = workload.pod.containers.flatMap(({ understanding }) =>
      understanding.waits.flatMap((wait) => (wait.kind === 'job' && wait.name !== undefined ? [wait.name] : [])),
    );
    return [...new Set(jobs)].map((job) => ({ job, workload }));
  });
  return groupBy(waits, ({ job }) => job);
}

/** Argo CD replaces the Job instead of patching it. */
function replaced(annotations: Readonly<Record<string, unknown>>): boolean {
  return /\bReplace=true\b/.test(String(annotations['argocd.argoproj.io/sync-options'] ?? ''));
}

/**
 * Whether the name holds an image's tag, the chart's or app's version, or a digest: with a new image comes a new name.
 */
function namedByContent({ resource, name, pod }: Workload): boolean {
  if (/-(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}$/.test(name)) return true;
  const plain = (value: unknown) =>
    String(value ?? '')
      .toLowerCase()
      .replace(/[._+]/g, '-');
  // A tag in the name may be a word (`train`): another image has another tag, and so another name.
  const tags = pod.containers.map(({ image }) => /:([^/:@]+)(?:@|$)/.exec(image)?.[1]);
  if (tags.map(plain).some((tag) => tag.length > 1 && `${plain(name)}-`.includes(`-${tag}-`))) return true;
  const versions = [
    resource.labels['app.kubernetes.io/version'],
    /-(v?\d[^-]*(?:-.*)?)$/.exec(String(resource.labels['helm.sh/chart'] ?? ''))?.[1],
  ];
  return versions.map(plain).some((version) => /\d/.test(version) && `${plain(name)}-`.includes(`-${version}-`));
}

/** The pod template as the API compares it: whatever the order of keys, and without what is empty. */
function written(resource: Resource, bare = false): string {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.length > 0 ? value.map(plain) : undefined;
    if (value === null || typeof value !== 'object') return value ?? undefined;
    const entries = Object.entries(value)
      .map(([key, item]) => [key, bare && key === 'annotations' ? undefined : plain(item)] as const)
      .filter(([, item]) => item !== undefined);
    return entries.length > 0 ? Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) : undefined;
  };
  return JSON.stringify(plain(resource.get('spec', 'template'))) ?? '';
}
