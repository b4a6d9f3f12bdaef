import type { World } from './world.ts';
import { scaleTo } from './writer.ts';

/**
 * The controller of HorizontalPodAutoscalers, without metrics: it brings a workload within its bounds. One that is
 * scaled to nothing is left alone (`pkg/controller/podautoscaler/horizontal.go`).
 */
export function playAutoscalers(world: World): void {
  const { store } = world;
  for (const { metadata, spec } of store.list('horizontalpodautoscalers.autoscaling')) {
    const target = store.resources.find(({ kind }) => kind === spec.scaleTargetRef?.kind);
    const workload = target && store.get(target.id, metadata.namespace, spec.scaleTargetRef.name);
    const replicas = workload?.spec?.replicas ?? 0;
    if (!workload || replicas === 0) continue;
    const wanted = Math.min(Math.max(replicas, spec.minReplicas ?? 1), spec.maxReplicas);
    if (wanted !== replicas) scaleTo(store, workload, wanted, 'kube-controller-manager');
  }
}
