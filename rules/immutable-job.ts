import { defineRule, describe, map } from '../src/rule.ts';

export const immutableJob = defineRule({
  id: 'immutable-job',
  title: 'A plain Job with a fixed name cannot be upgraded',
  severity: 'warning',
  preset: 'recommended',
  why: `The pod template of a Job is immutable. A plain Job (no hook) that keeps its name is patched at the next upgrade, and a new image tag is enough for: "cannot patch "migrate" with
kind Job: Job.batch "migrate" is invalid: spec.template: … field is immutable". Unchanged it is not run again.`,
  fix: `Put the revision into the name (\`-{{ .Release.Revision }}\`, not under Argo CD), or make it a hook, which Helm deletes before it creates it again; or set
\`ttlSecondsAfterFinished\`, so that it is gone by the next upgrade.`,
  off: 'When the Job is deleted by hand or by a pipeline before each upgrade.',
  see: ['https://github.com/helm/helm/issues/7725', 'https://github.com/Kong/charts/issues/43', 'https://github.com/openfga/helm-charts/issues/69'],
  *check({ release, action, from, on, uniqueName, engine }) {
    if (action !== 'upgrade') return;
    for (const job of release.jobs) {
      const { resource, hook } = job;
      if (hook || !resource.name || uniqueName(resource) || replaced(resource.annotations)) continue;
      // A name that the install render does not have is random, or the Job's own for upgrades.
      if (on('install').release.find('Job', resource.name, job.namespace).length === 0) continue;
      const before = from?.release.jobs.find((old) => !old.hook && old.name === job.name && old.namespace === job.namespace);
      const changed = before && JSON.stringify(before.resource.get('spec', 'template')) !== JSON.stringify(resource.get('spec', 'template'));
      const ttl = map(resource.get('spec'))['ttlSecondsAfterFinished'] !== undefined;
      if (from && !changed) continue;
      // Gone by the next upgrade; Helm then creates it again.
      if (ttl && !changed) continue;
      if (engine === 'argocd' && resource.annotations['argocd.argoproj.io/hook'] !== undefined) continue;
      yield {
        at: resource.place('metadata', 'name'),
        message: changed ? `${describe(resource)} has another pod template than in ${from!.label}, and a Job's pod template is immutable${ttl ? ', unless its TTL has removed it' : ''}` : `${describe(resource)} is a plain Job under a fixed name: the next upgrade that changes its pod template (a new image tag) fails`,
        severity: changed && !ttl ? 'error' : 'warning',
        because: changed ? [{ message: `as it is in ${from!.label}`, at: before.resource.place('spec', 'template') }] : [],
      };
    }
  },
});

/** Argo CD replaces the Job instead of patching it. */
function replaced(annotations: Readonly<Record<string, unknown>>): boolean {
  return /\bReplace=true\b/.test(String(annotations['argocd.argoproj.io/sync-options'] ?? ''));
}
