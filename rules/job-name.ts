import { defineRule, describe, plural, type Release, type Workload } from '../src/rule.ts';

export const jobName = defineRule({
  id: 'job-name',
  title: 'A Job has a name that the cluster refuses or that two releases share',
  severity: 'error',
  preset: 'recommended',
  why: `Kubernetes writes a Job's name into a label of its pods, which holds 63 characters: "Job.batch … is invalid: spec.template.labels: … must be no more than 63 characters". A hook with
\`generateName\` has no name by which Helm could delete the old one ("resource name may not be empty"). A name without the release is the same for two releases in one namespace: before-hook-creation of the
one then deletes the running migration of the other. A name with the revision is new at each upgrade under Helm, but Argo CD and other tools that render with \`helm template\` always
have revision 1: the Job is found unchanged and not run again, or the sync fails with "field is immutable".`,
  fix: 'Build the name from the release like those of the other resources (`{{ include "chart.fullname" . }}-migrate`), cut to 63 characters as a whole, and leave old Jobs to `before-hook-creation` or a TTL.',
  off: 'When the chart is meant to be installed once in a cluster, under one name.',
  see: [
    'https://github.com/Azure/secrets-store-csi-driver-provider-azure/issues/592',
    'https://github.com/zammad/zammad-helm/issues/457',
    'https://github.com/argoproj/argo-cd/issues/8643',
    'https://github.com/helm/helm/issues/3348',
  ],
  *check({ release, engine, uniqueName }) {
    const shared = sharedNames(release);
    for (const job of release.jobs) {
      const { resource, name, hook } = job;
      const at = resource.place('metadata', 'name');
      if (!name) {
        if (!hook || typeof resource.get('metadata', 'generateName') !== 'string') continue;
        const always = hook.policies.has('before-hook-creation');
        yield {
          at: resource.place('metadata', 'generateName'),
          message: `Job ${String(resource.get('metadata', 'generateName'))} is a hook with generateName: ${always ? 'Helm has no name by which to delete the old one, and fails' : 'Helm 4 fails, as it has no name to apply'}`,
          severity: always ? 'error' : 'warning',
          resource,
        };
        continue;
      }
      if (name.length > 63) {
        // The release's own name has a share in it: a shorter one may fit.
        const least = name.length - (name.split(release.name).length - 1) * (release.name.length - 1);
        yield {
          at,
          message: `${describe(job)} has a name of ${plural(name.length, 'character')}, and Kubernetes takes 63${least > 63 ? '' : `, under the release name ${release.name}`}`,
          severity: least > 63 ? 'error' : 'warning',
          resource,
        };
      } else if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) {
        yield {
          at,
          message: `${describe(job)} has a name that Kubernetes refuses: lower-case letters, digits, "-" and "." only, and a letter or digit at both ends`,
          resource,
        };
      }
      if (engine === 'argocd' && uniqueName(resource) === 'revision') {
        yield {
          at,
          message: `${describe(job)} is named after the revision, which is always 1 under Argo CD`,
          severity: 'warning',
          resource,
        };
      }
      if (shared(job)) {
        yield {
          at,
          message: `${describe(job)} has the same name in every release, unlike the other workloads of the chart: two releases in a namespace replace each other's`,
          severity: 'warning',
          resource,
        };
      }
    }
  },
});

/** Whether a Job has a fixed name in a chart whose other workloads all carry the release's. */
function sharedNames(release: Release): (job: Workload) => boolean {
  const own = (name: string) => name.includes(release.name);
  // By namespace: whether all workloads carry the release's name.
  const others = new Map<string, boolean>();
  for (const { kind, namespace, name } of release.workloads)
    if (kind !== 'Job' && kind !== 'CronJob') others.set(namespace, (others.get(namespace) ?? true) && own(name));
  return ({ name, namespace }) => release.name.length > 2 && !own(name) && others.get(namespace) === true;
}
