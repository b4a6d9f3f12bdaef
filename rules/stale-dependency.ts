import { defineRule } from '../src/rule.ts';

export const staleDependency = defineRule({
  id: 'stale-dependency',
  title: 'A packed file:// dependency differs from its source',
  severity: 'warning',
  preset: 'recommended',
  why: `A dependency with \`repository: file://…\` is copied into \`charts/\` by \`helm dependency build\` or
    \`helm dependency update\`. After that, Helm reads only the copy: a change of the source has no effect until the copy
    is made again. The chart is judged with the copy, as Helm would deploy it. Findings in files that are the same in both
    point to the source. A dependency that is missing in \`charts/\` is built from its source for the run, in a temporary
    folder.`,
  fix: `Run \`helm dependency update\` for the chart. Remove a dependency that is unpacked in \`charts/\` first.`,
  off: `When the copy is kept behind its source on purpose.`,
  see: ['https://helm.sh/docs/helm/helm_dependency_build/', 'https://helm.sh/docs/helm/helm_dependency/'],
  // Its findings come from where the sources of a chart are read (src/render/local-charts.ts).
  check: () => [],
});
