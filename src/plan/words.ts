import { pluralOf } from '../words.ts';
import type { Plan, Rollout } from './plan.ts';

/** `shop 1.0.0 · install · Helm 4, no --wait`. */
export function titleOf({ chart, scenarios, engine, helm, wait, from }: Plan, { actions }: Rollout): string {
  const name = chart.name ? `${chart.name} ${chart.version}` : chart.path;
  const by =
    engine === 'argocd'
      ? 'Argo CD'
      : engine === 'flux'
        ? 'Flux'
        : `Helm ${helm ?? '3 or 4'}, ${wait ? '' : 'no '}--wait`;
  const parts = [
    name,
    actions.join(' and ') + (from !== undefined && actions.includes('upgrade') ? ` from ${from}` : ''),
    by,
    scenarios ? `${scenarios.length === 1 ? 'scenario' : 'scenarios'} ${scenarios.join(', ')}` : '',
  ];
  return parts.filter(Boolean).join(' · ');
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
