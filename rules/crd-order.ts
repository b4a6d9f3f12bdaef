import { defineRule, describe, map, str, type Release, type Report, type Resource } from '../src/rule.ts';

export const crdOrder = defineRule({
  id: 'crd-order',
  title: 'A custom resource is installed before its definition',
  severity: 'error',
  preset: 'recommended',
  why: `Helm asks the API server for the kinds of all ordinary resources before it creates the first, and before any hook. A kind whose CustomResourceDefinition is itself a template of the chart, ordinary or a hook, is not known
then: "unable to build kubernetes objects from release manifest: resource mapping not found for name: … no matches for kind "Shop" in version "example.com/v1" ensure CRDs are installed first". A hook is
looked up when it is its turn, so a custom resource can be a hook that runs after the hook that makes its definition. Upgrades pass, since the definition is there.`,
  fix: 'Put the definition into the folder `crds/` of the chart, or into a chart of its own that is installed before. Or create the resource in a hook that runs after the hook with the definition.',
  off: 'When the definition is always installed before, and the one in the templates only keeps it up to date.',
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
        message: `${describe(first)} is installed before Helm knows its kind, which ${describe(crd)} of the same chart defines`,
        because: [
          {
            message: `the definition is ${release.hookFor(crd) ? 'a hook' : 'an ordinary resource'}`,
            at: crd.place('metadata', 'name'),
          },
        ],
        resource: first,
      } satisfies Report;
    }
  },
});

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
