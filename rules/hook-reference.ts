import {
  defineRule,
  describe,
  explainCause,
  targetOf,
  whenCreated,
  type Release,
  type Report,
  type Timeline,
} from '../src/rule.ts';

export const hookReference = defineRule({
  id: 'hook-reference',
  title: 'A hook needs a Secret, ServiceAccount, namespace or the like that does not exist yet',
  severity: 'error',
  preset: 'recommended',
  why: `A pod without its ServiceAccount is not created at all ("error looking up service account …: serviceaccount not found"), nor one without its PriorityClass ("no PriorityClass with name … was found")
or RuntimeClass ("RuntimeClass … not found"); without its Secret or
ConfigMap it stays in CreateContainerConfigError ("secret … not found") or ContainerCreating; without its claim it stays Pending. None of these uses up
backoffLimit: Helm waits until its timeout, and the install fails. A hook in a namespace that is not there is refused at once ("namespaces … not found"). Ordinary resources of the chart are created only after every pre-install hook.`,
  fix: `Make what the hook needs a hook of the same events with a lower weight (and \`helm.sh/resource-policy: keep\` or no \`hook-succeeded\` if others use it),
or give the hook its own copy; or run the Job after install, when the release's resources exist. \`optional: true\` where the pod can do without.`,
  off: 'When the object is always made by somebody else before the first install, under this very name; then better take it out of the chart.',
  see: [
    'https://github.com/helm/helm/issues/7447',
    'https://github.com/helm/helm/issues/12414',
    'https://github.com/raystack/charts/issues/57',
  ],
  *check({ release, timeline, from, action, leaving }) {
    if (action === 'install') yield* namespaces(release, timeline);
    const uninstall = action === 'install' ? leaving('uninstall') : undefined;
    for (const played of uninstall ? [timeline, uninstall] : [timeline]) {
      for (const { step, workload, causes } of played.blocks) {
        if (step.phase === 'resources') continue;
        for (const cause of causes) {
          if (cause.need.type !== 'reference' || cause.lack.type !== 'absent') continue;
          // A volume made by hand needs no object of its class.
          const byHand =
            cause.need.reference.kind === 'StorageClass'
              ? ', so its claim is not bound unless a PersistentVolume of that class is there'
              : '';
          const news = from && action === 'upgrade' && played === timeline ? ` (${from.label} does not have it)` : '';
          yield {
            at: cause.need.place,
            message: `${describe(workload)}, a ${step.event ?? step.title} hook, needs ${targetOf(cause)}, which ${whenCreated(cause.lack.resource, played, step)}${byHand}${news}`,
            ...(byHand && { severity: 'warning' as const }),
            because: explainCause(cause, played, step),
            actions: [played.options.action],
            resource: workload.resource,
          };
        }
      }
    }
  },
});

/** Hooks in a namespace that the release creates after them. */
function* namespaces(release: Release, timeline: Timeline): Iterable<Report> {
  for (const [index, step] of timeline.steps.entries()) {
    if (!step.hook) continue;
    const { resource } = step.hook;
    const [namespace] = resource.namespace === undefined ? [] : release.find('Namespace', resource.namespace, '');
    const created = namespace && timeline.createdBy(namespace);
    if (!created || timeline.steps.indexOf(created) < index) continue;
    yield {
      at: resource.place('metadata', 'namespace'),
      message: `${describe(resource)}, a ${step.event} hook, is in Namespace ${namespace.name}, which ${whenCreated(namespace, timeline)}`,
      because: [{ message: 'the namespace is created here', at: namespace.place('metadata', 'name') }],
      resource,
      help: `Take ${describe(namespace)} out of the chart and install with \`--create-namespace\`, or run ${describe(resource)} after the release's resources (post-install,post-upgrade).`,
    };
  }
}
