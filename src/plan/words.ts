import { pluralOf } from '../plural.ts';
import type { Plan, Rollout } from './plan.ts';

/** `shop 1.0.0 · install · Helm 4, no --wait`. */
export function titleOf(plan: Plan, { actions }: Rollout): string {
  const { from } = plan;
  const action = actions.join(' and ') + (from !== undefined && actions.includes('upgrade') ? ` from ${from}` : '');
  return [nameOf(plan), action, howOf(plan)].join(' · ');
}

/** `shop 1.0.0`; the path of manifests, which have no name. */
export function nameOf({ chart }: Plan): string {
  return chart.name ? `${chart.name} ${chart.version}` : chart.path;
}

/** `Helm 4, no --wait · scenario production`. */
export function howOf({ scenarios, engine, helm, wait }: Plan): string {
  const by =
    engine === 'argocd'
      ? 'Argo CD'
      : engine === 'flux'
        ? 'Flux'
        : `Helm ${helm ?? '3 or 4'}, ${wait ? '' : 'no '}--wait`;
  const named = scenarios ? `${scenarios.length === 1 ? 'scenario' : 'scenarios'} ${scenarios.join(', ')}` : '';
  return [by, named].filter(Boolean).join(' · ');
}

/** `3 Deployments, 1 Ingress`, the most frequent first. */
export function kindsOf(resources: readonly { kind: string }[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of resources) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .map(([kind, count]) => `${count} ${count === 1 ? kind : pluralOf(kind)}`)
    .join(', ');
}

/** `added` or `changed` by the name of a hook, `Job/migrate`, where a plan is compared with the last revision. */
export function changedIn({ changes }: Plan): Map<string, string> {
  return new Map(
    changes?.hooks.filter(({ type }) => type !== 'removed').map(({ hook, type }) => [hook, type] as const),
  );
}
