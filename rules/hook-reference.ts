import { defineRule, describe, explainCause, targetOf, whenCreated } from '../src/rule.ts';

export const hookReference = defineRule({
  id: 'hook-reference',
  title: 'A hook needs a Secret, ConfigMap, ServiceAccount or PersistentVolumeClaim that does not exist yet',
  severity: 'error',
  preset: 'recommended',
  why: `A pod without its ServiceAccount is not created at all ("error looking up service account …: serviceaccount not found"); without its Secret or
ConfigMap it stays in CreateContainerConfigError ("secret … not found") or ContainerCreating; without its claim it stays Pending. None of these uses up
backoffLimit: Helm waits until its timeout, and the install fails. Ordinary resources of the chart are created only after every pre-install hook.`,
  fix: `Make what the hook needs a hook of the same events with a lower weight (and \`helm.sh/resource-policy: keep\` or no \`hook-succeeded\` if others use it),
or give the hook its own copy; or run the Job after install, when the release's resources exist. \`optional: true\` where the pod can do without.`,
  off: 'When the object is always made by somebody else before the first install, under this very name; then better take it out of the chart.',
  see: [
    'https://github.com/helm/helm/issues/7447',
    'https://github.com/helm/helm/issues/12414',
    'https://github.com/raystack/charts/issues/57',
  ],
  *check({ timeline, from, action, leaving }) {
    const uninstall = action === 'install' ? leaving('uninstall') : undefined;
    for (const played of uninstall ? [timeline, uninstall] : [timeline]) {
      for (const { step, workload, causes } of played.blocks) {
        if (step.phase === 'resources') continue;
        for (const cause of causes) {
          if (cause.need.type !== 'reference' || cause.lack.type !== 'absent') continue;
          const news = from && action === 'upgrade' && played === timeline ? ` (${from.label} does not have it)` : '';
          yield {
            at: cause.need.place,
            message: `${describe(workload)}, a ${step.event ?? step.title} hook, needs ${targetOf(cause)}, which ${whenCreated(cause.lack.resource, played, step)}${news}`,
            because: explainCause(cause, played, step),
            actions: [played.options.action],
            resource: workload.resource,
          };
        }
      }
    }
  },
});
