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
  title: 'A hook annotation is ignored or refused',
  severity: 'error',
  preset: 'recommended',
  fixable: true,
  why: `Helm parses \`helm.sh/hook-weight\` with Go's strconv.Atoi and silently uses 0 for anything that is not an integer
    ("1.5", " 5", "high"). Annotations and labels must be strings. An unquoted number or boolean renders and lints
    clean, and fails at install with "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.annotations
    of type string". Without \`helm.sh/hook\`, a weight or delete policy has no effect.`,
  fix: `Write an integer in quotes: \`helm.sh/hook-weight: "-5"\`. If a template prints the value, pipe it through
    \`quote\`.`,
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
          message: `${describe(resource)} has the weight ${JSON.stringify(weight)}, which is not an integer: Helm uses 0`,
          help: weightAdvice(weight),
          resource,
        };
      }
    }
  },
});

/**
 * `hook-weight` and `hook-delete-policy` on what is no hook. Argo CD takes a weight for a sync wave on every resource,
 * and a delete policy for one of its own hooks.
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
        help: `Remove \`${key}\`, or add the events of the hook: \`${annotation.hook}: post-install,post-upgrade\`.`,
      };
    }
  }
}

/** The integer that is in the text, if there is one; Helm uses 0. */
function weightAdvice(weight: string): string {
  const meant = /^\s*([+-]?\d+)\s*$/.exec(weight)?.[1];
  return meant === undefined
    ? `Write an integer in quotes, such as \`${annotation.weight}: "0"\`, which is what Helm uses now.`
    : `Write \`${annotation.weight}: "${Number(meant)}"\`.`;
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
        help:
          scalar === undefined
            ? `Write one text for \`${key}\`, or remove it.`
            : `Write \`${key}: ${JSON.stringify(scalar)}\`. If a template prints the value, pipe it through \`quote\`.`,
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
