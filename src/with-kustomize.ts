// Loaded for deployments with post renderers.
import { boundaryOf } from './confine/index.ts';
import type { Deployment, PostRenderers } from './deployments/deployment.ts';
import { findKustomize } from './helm/kustomize.ts';
import type { LintOptions } from './options.ts';

/** Deployments with the kustomize that applies their post renderers, or with what is not known without one. */
export function withKustomize(
  deployments: readonly Deployment[],
  { env, cwd }: LintOptions,
  folders: readonly string[],
): Deployment[] {
  const program = findKustomize(
    env,
    [cwd, ...folders].map((folder) => boundaryOf(folder, cwd)),
  );
  return deployments.map((one) => {
    if (!one.postRenderers) return one;
    if (program !== undefined) return { ...one, postRenderers: { ...one.postRenderers, program } };
    return { ...one, notApplied: [...one.notApplied, notPostRendered(one.postRenderers, 'kustomize is not on PATH')] };
  });
}

/** Part of a sentence: post renderers that were not applied, why, and what that leaves in doubt. */
export function notPostRendered({ kustomizations, touches }: PostRenderers, why: string): string {
  const shown = touches.length > 5 ? [...touches.slice(0, 5), `${touches.length - 5} more`] : touches;
  const count = kustomizations.length === 1 ? 'its post renderer' : `its ${kustomizations.length} post renderers`;
  return `${count} (${why}; findings about ${shown.join(', ') || 'its resources'} may differ)`;
}
