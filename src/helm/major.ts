import type { Helm } from './index.ts';

/**
 * The major version of the Helm that installs a chart; nothing where it may be any: with the managed copy, with
 * manifests, and with engines other than Helm, unless it is named.
 */
export async function majorOf(
  { helmVersion, engine }: { helmVersion?: '3' | '4' | 'any'; engine?: string },
  helm?: Helm,
): Promise<3 | 4 | undefined> {
  if (helmVersion !== undefined) return helmVersion === 'any' ? undefined : helmVersion === '3' ? 3 : 4;
  if (!helm || helm.origin === 'managed' || (engine ?? 'helm') !== 'helm') return undefined;
  // A program that does not report its version has failed to render, or will.
  return helm.major().catch(() => undefined);
}
