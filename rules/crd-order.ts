import { defineRule, describe, map, str, type Release, type Report, type Resource } from '../src/rule.ts';

export const crdOrder = defineRule({
  id: 'crd-order',
  title: 'A custom resource is installed before its definition',
  severity: 'error',
  preset: 'recommended',
  why: `Before Helm creates anything, and before any hook runs, it asks the API server for the kinds of all ordinary
    resources. The server does not know a kind yet if its CustomResourceDefinition is itself a template of the chart,
    whether as an ordinary resource or as a hook. The install fails: "unable to build kubernetes objects from release
    manifest: resource mapping not found for name: … no matches for kind "Shop" in version "example.com/v1" ensure CRDs
    are installed first". Helm looks up the kind of a hook when the hook runs, so a custom resource can be a hook that
    runs after the hook with its definition. Upgrades succeed, because the definition exists by then.`,
  fix: `Move the definition into the \`crds/\` folder of the chart, or into a separate chart that is installed first.
    Alternatively, create the custom resource in a hook that runs after the hook with the definition.`,
  off: 'When the definition is always installed beforehand and the template only keeps it up to date.',
  see: [
    'https://helm.sh/docs/chart_best_practices/custom_resource_definitions/',
    'https://github.com/helm/helm/issues/4697',
  ],
  *check({ release, timeline, action, engine }) {
    // Argo CD and Flux apply definitions first.
    if (action !== 'install' || engine === 'argocd') return;
    for (const { crd, group, kind } of definitionsOf(release)) {
      const first = firstUse(release, group, kind, (resource) => {
        const [made, used] = [timeline.createdBy(crd), timeline.createdBy(resource)];
        if (!release.hookFor(resource)) return true;
        return !made || !used || timeline.steps.indexOf(made) > timeline.steps.indexOf(used);
      });
      if (!first) continue;
      yield {
        at: first.place('kind'),
        message: `${describe(first)} cannot be installed: Helm looks up its kind before ${describe(crd)} of the same chart defines it`,
        help: adviceFor(crd, first, release),
        because: [
          {
            message: `${describe(crd)} is ${release.hookFor(crd) ? 'a hook' : 'an ordinary resource'}`,
            at: crd.place('metadata', 'name'),
          },
        ],
        resource: first,
      } satisfies Report;
    }
  },
});

function adviceFor(crd: Resource, first: Resource, release: Release): string {
  const move = `Move ${describe(crd)} into the folder \`crds/\` of the chart`;
  const [made, used] = [release.hookFor(crd), release.hookFor(first)];
  return made && used && made.events.some((event) => used.events.includes(event))
    ? `${move}, or write \`helm.sh/hook-weight: "${used.weight - 1}"\` on it, so that its hook runs first.`
    : `${move}, or into a chart that is installed first.`;
}

function definitionsOf(release: Release): { crd: Resource; group: string; kind: string }[] {
  return release.resources.flatMap((crd) => {
    if (crd.kind !== 'CustomResourceDefinition' || /\/crds\//.test(crd.manifest.source ?? '')) return [];
    const spec = map(crd.get('spec'));
    const [group, kind] = [str(spec['group']), str(map(spec['names'])['kind'])];
    return group && kind ? [{ crd, group, kind }] : [];
  });
}

function firstUse(
  release: Release,
  group: string,
  kind: string,
  early: (resource: Resource) => boolean,
): Resource | undefined {
  return release.resources.find(
    (resource) => resource.kind === kind && resource.apiVersion.startsWith(`${group}/`) && early(resource),
  );
}
