import { defineRule, describe, plural, type Release, type Workload } from '../src/rule.ts';

export const jobName = defineRule({
  id: 'job-name',
  title: 'A Job name is refused or shared by releases',
  severity: 'error',
  preset: 'recommended',
  why: `Kubernetes writes the name of a Job into a label of its pods, which holds 63 characters: "Job.batch … is invalid:
    spec.template.labels: … must be no more than 63 characters". A hook with \`generateName\` has no name that Helm
    could use to delete the old one ("resource name may not be empty"). A name without the release name is the same for
    two releases in one namespace: before-hook-creation of one release then deletes the running migration of the other.
    A name with the revision is new at each upgrade with Helm. Under Argo CD and other tools that render with \`helm
    template\` the revision is always 1: the unchanged Job does not run again, or the sync fails with "field is
    immutable".`,
  fix: `Build the name from the release like the names of the other resources (\`{{ include "chart.fullname" .
    }}-migrate\`), and cut the whole name to 63 characters. \`before-hook-creation\` or a TTL deletes old Jobs.`,
  off: 'When the chart is installed only once in a cluster, under one name.',
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
        // Argo CD gives such a hook a name of its own.
        if (!hook || engine === 'argocd' || typeof resource.get('metadata', 'generateName') !== 'string') continue;
        const always = hook.policies.has('before-hook-creation');
        yield {
          at: resource.place('metadata', 'generateName'),
          message: `Job/${String(resource.get('metadata', 'generateName'))} is a hook with generateName: ${always ? 'Helm has no name to delete the old one by, and fails' : 'Helm 4 fails, because it has no name to apply'}`,
          help: `Write a fixed \`name: ${fixedName(String(resource.get('metadata', 'generateName')), release)}\` instead.`,
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
          message: `${describe(job)} has a name of ${plural(name.length, 'character')}${least > 63 ? '' : ` with the release name ${release.name}`}, but Kubernetes allows 63`,
          help:
            least > 63
              ? `Shorten the name by ${name.length - 63}, for example with \`| trunc 63 | trimSuffix "-"\` around the whole name.`
              : `Cut the whole name: \`| trunc 63 | trimSuffix "-"\`.`,
          severity: least > 63 ? 'error' : 'warning',
          resource,
        };
      } else if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) {
        yield {
          at,
          message: `${describe(job)} has a name that Kubernetes refuses: it allows only lower-case letters, digits, "-" and ".", with a letter or digit at both ends`,
          help: validName(name),
          resource,
        };
      }
      if (engine === 'argocd' && uniqueName(resource) === 'revision') {
        yield {
          at,
          message: `${describe(job)} has the revision in its name, which is always 1 under Argo CD`,
          help: hook
            ? 'Remove `.Release.Revision` from the name: Argo CD deletes the old hook before it creates the new one.'
            : 'Put the image tag into the name instead of `.Release.Revision`.',
          severity: 'warning',
          resource,
        };
      }
      if (shared(job)) {
        yield {
          at,
          message: `${describe(job)} has the same name in every release, unlike the other workloads of the chart: two releases in one namespace replace each other's Job`,
          help: `Write \`name: {{ .Release.Name }}-${name}\`.`,
          severity: 'warning',
          resource,
        };
      }
    }
  },
});

/** A name of the release in place of a generated one. */
function fixedName(generated: string, { name }: Release): string {
  const stem = generated.replace(/-+$/, '');
  const own = '{{ .Release.Name }}';
  return name.length > 2 && stem.includes(name) ? stem.replace(name, own) : `${own}-${stem}`;
}

/** The name with what Kubernetes allows in place of what it refuses. */
function validName(name: string): string {
  const valid = name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return valid === '' ? 'Write a name of such letters.' : `Write a name such as \`${valid}\`.`;
}

/** Whether a Job has a fixed name in a chart whose other workloads all carry the release's. */
function sharedNames(release: Release): (job: Workload) => boolean {
  const own = (name: string) => name.includes(release.name);
  // By namespace: whether all workloads carry the release's name.
  const others = new Map<string, boolean>();
  for (const { kind, namespace, name } of release.workloads)
    if (kind !== 'Job' && kind !== 'CronJob') others.set(namespace, (others.get(namespace) ?? true) && own(name));
  return ({ name, namespace }) => release.name.length > 2 && !own(name) && others.get(namespace) === true;
}
