import {
  annotation,
  defineRule,
  describe,
  str,
  type Engine,
  type Release,
  type Report,
  type Resource,
} from '../src/rule.ts';

export const hookWeight = defineRule({
  id: 'hook-weight',
  title: 'A weight or another annotation of a hook that is not what it looks like',
  severity: 'error',
  preset: 'recommended',
  fixable: true,
  why: `Helm reads \`helm.sh/hook-weight\` with Go's strconv.Atoi and takes 0 for whatever that refuses ("1.5", " 5", "high"), without a word. Annotations and labels are strings:
an unquoted number or boolean renders and lints clean and fails at install with "json: cannot unmarshal number into Go struct field
ObjectMeta.metadata.annotations of type string".`,
  fix: 'Write a whole number in quotes: `helm.sh/hook-weight: "-5"`. Where a template prints the value, end it with `| quote`.',
  off: 'Never: Kubernetes refuses the object.',
  see: ['https://helm.sh/docs/topics/charts_hooks/#hook-weights', 'https://github.com/helm/helm/issues/8101'],
  *check({ release, engine }) {
    yield* withoutHook(release, engine);
    for (const resource of release.resources) {
      const hook = release.hookFor(resource);
      if (hook || Object.keys(resource.annotations).some((key) => key.startsWith('helm.sh/'))) yield* strings(resource);
      const weight = resource.annotations[annotation.weight];
      if (typeof weight === 'string' && hook && !/^[+-]?\d+$/.test(weight)) {
        yield {
          at: resource.place('metadata', 'annotations', annotation.weight),
          severity: 'warning',
          message: `${describe(resource)} has the weight ${JSON.stringify(weight)}, which is no whole number: Helm takes 0`,
          resource,
        };
      }
    }
  },
});

/**
 * `hook-weight` and `hook-delete-policy` on what is no hook. Argo CD takes a weight for a sync wave on every resource, and a delete policy for
 * one of its own hooks.
 */
function* withoutHook(release: Release, engine: Engine): Iterable<Report> {
  for (const resource of release.ordinary) {
    // An event beside them that is none is `hook-event`'s.
    if (resource.annotations[annotation.hook] !== undefined || resource.inList) continue;
    for (const key of [annotation.weight, annotation.policy]) {
      if (resource.annotations[key] === undefined) continue;
      const argo =
        resource.annotations['argocd.argoproj.io/hook'] !== undefined ||
        (engine === 'argocd' && key === annotation.weight);
      if (argo) continue;
      const runs = resource.kind === 'Job' || resource.kind === 'Pod';
      yield {
        at: resource.place('metadata', 'annotations', key),
        severity: runs ? 'warning' : 'info',
        message: `${key} has no effect on ${describe(resource)}: without helm.sh/hook it is an ordinary resource, not a hook`,
        resource,
        help: `Add \`helm.sh/hook: pre-install,pre-upgrade\` (or the events that you mean) beside it, or take ${key} out.`,
      };
    }
  }
}

/** Annotations and labels that are no strings. */
function* strings(resource: Resource): Iterable<Report> {
  for (const where of ['annotations', 'labels'] as const) {
    for (const [key, value] of Object.entries(resource[where])) {
      if (typeof value === 'string' || value === null || value === undefined) continue;
      // Of a Job, job-schema knows everything but Helm's own annotations.
      if (resource.kind === 'Job' && !(where === 'annotations' && key.startsWith('helm.sh/'))) continue;
      const at = resource.place('metadata', where, key);
      const scalar = str(value);
      const what = scalar === undefined ? 'a list or mapping' : typeof value === 'number' ? 'a number' : 'a boolean';
      yield {
        at,
        message: `${describe(resource)} has the ${where === 'labels' ? 'label' : 'annotation'} ${key} as ${what}, not a string: Kubernetes refuses it at install`,
        resource,
        ...(scalar !== undefined && {
          fix: {
            description: 'Put the value in quotes',
            edits: [{ at, action: 'set' as const, text: JSON.stringify(scalar) }],
          },
        }),
      };
    }
  }
}
