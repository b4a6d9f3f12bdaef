import {
  annotation,
  beside,
  contents,
  defineRule,
  describe,
  hooksOf,
  type Reference,
  type Resource,
  type Workload,
} from '../src/rule.ts';

export const staleReference = defineRule({
  id: 'stale-reference',
  title: "A pre-upgrade hook reads the last revision's configuration",
  severity: 'warning',
  preset: 'recommended',
  why: `Helm updates ordinary resources after the pre-upgrade hooks. A hook that reads an ordinary ConfigMap or Secret gets
    the content of the last revision: the new image with the old settings. A key that this version adds does not exist
    yet, and the pod stays in CreateContainerConfigError: "couldn't find key REGION in ConfigMap default/shop-config".
    With \`--from\` the rule reports only differences from that revision: a key that it
    does not have as an error, other differences as warnings of the preset \`strict\`.`,
  fix: `Give the hook its own ConfigMap or Secret, as a hook with a lower weight. Alternatively, run the migration after the
    upgrade.`,
  off: 'When what the hook reads (a database address, a password) rarely changes with a version.',
  see: [
    'https://helm.sh/docs/topics/charts_hooks/#hooks-and-the-release-lifecycle',
    'https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#restrictions',
  ],
  *check({ release, action, from, generated }) {
    if (action !== 'upgrade') return;
    for (const workload of hooksOf(release)) {
      if (!workload.hook?.events.includes('pre-upgrade')) continue;
      const stale: { reference: Reference; said: string }[] = [];
      for (const reference of workload.pod.references) {
        const { kind, name, key, optional } = reference;
        if (kind !== 'Secret' && kind !== 'ConfigMap') continue;
        // A hook of that name runs before, or clashes with it: other rules speak of that.
        const all = release.find(kind, name, workload.namespace);
        const resource = all.some((one) => release.hookFor(one)) ? undefined : all[0];
        if (!resource) continue;
        const old = from?.release.find(kind, name, workload.namespace).find((one) => !from.release.hookFor(one));
        if (from && (!old || generated(resource))) continue;
        if (
          old &&
          key !== undefined &&
          !optional &&
          contents(resource)[key] !== undefined &&
          contents(old)[key] === undefined &&
          binary(old, key) === undefined
        ) {
          yield {
            at: reference.place,
            severity: 'error',
            message: `${describe(workload)} reads the key ${key} of ${kind}/${name}, which ${from!.label} does not have: at pre-upgrade its pod cannot start`,
            help: ownCopy(workload, `${kind}/${name}`),
            because: [{ message: `${kind}/${name} in ${from!.label}`, at: old.place('data') }],
            resource: workload.resource,
          };
          continue;
        }
        const changed = old && changedKeys(old, resource).filter((one) => key === undefined || one === key);
        if (!changed || changed.length > 0)
          stale.push({ reference, said: `${kind}/${name}${changed ? ` (${beside(changed)})` : ''}` });
      }
      if (stale[0])
        yield {
          at: stale[0].reference.place,
          preset: 'strict',
          message: `${describe(workload)} reads ${beside(stale.map(({ said }) => said))}, which at pre-upgrade still ${stale.length > 1 ? 'have' : 'has'} the content of ${from?.label ?? 'the last revision'}`,
          help: ownCopy(workload, `${stale[0].reference.kind}/${stale[0].reference.name}`),
          resource: workload.resource,
        };
    }
  },
});

function ownCopy({ hook }: Workload, name: string): string {
  return `Give the hook its own copy of ${name} under another name, with \`${annotation.hook}: ${hook!.events.join(',')}\` and \`${annotation.weight}: "${hook!.weight - 1}"\`.`;
}

/** Of a Secret only keys that come or go: its values may be generated, and then looked up in the cluster. */
function changedKeys(old: Resource, resource: Resource): string[] {
  const [before, after] = [contents(old), contents(resource)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) =>
    resource.kind === 'Secret'
      ? (before[key] === undefined) !== (after[key] === undefined)
      : before[key] !== after[key],
  );
}

function binary(resource: Resource, key: string): unknown {
  return (resource.get('binaryData') as Record<string, unknown> | undefined)?.[key];
}
