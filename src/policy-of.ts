import { dirname } from 'node:path';
import { findPolicy, readPolicy, type FoundPolicy, type Policy } from './config/index.ts';
import type { ChartTarget, Target } from './discover/index.ts';
import type { LintOptions } from './options.ts';

/**
 * The policy that holds for a target: the one that is named, or the nearest one above it. Throws `PolicyError` and
 * `GitError`.
 */
export async function policyOf(target: Target, options: LintOptions): Promise<Policy | undefined> {
  return (await foundPolicy(target, options)).policy;
}

/**
 * The files outside of a chart that its verdict depends on: its policy, here and at the merge base, and the files that
 * the policy names. Throws as {@link policyOf}.
 */
export async function policyFilesOf(target: ChartTarget, options: LintOptions, mergeBase: string): Promise<string[]> {
  const files: string[] = [];
  for (const policyFrom of new Set([undefined, options.policyFrom ?? mergeBase])) {
    const policy = await policyOf(target, { ...options, plugins: false, policyFrom });
    files.push(
      ...(policy?.files ?? []),
      ...(policy?.scenarios ?? []).flatMap(({ values, from }) => [...values, ...(from === undefined ? [] : [from])]),
    );
  }
  return files;
}

/** As {@link policyOf}, with the file that is another one in the work tree than where the policy was read. */
export async function foundPolicy(target: Target, options: LintOptions): Promise<FoundPolicy> {
  const { config, cwd, plugins, policyFrom, env, allowNetwork, unsaved } = options;
  if (config === false) return {};
  const folder =
    target.kind === 'chart'
      ? (target.policyFolder ?? (target.archive ? dirname(target.absolute) : target.absolute))
      : cwd;
  if (config === undefined && policyFrom === undefined && findPolicy(folder, cwd) === undefined) return {};
  // Loaded while Helm starts.
  const [{ rules: catalogue }, { furtherChecks }] = await Promise.all([
    import('../rules/index.ts'),
    import('./suppress/checks.ts'),
  ]);
  const found = await readPolicy({
    cwd,
    env,
    rules: [...catalogue, ...furtherChecks],
    allowNetwork,
    unsaved,
    config,
    from: policyFrom,
    folder,
    plugins: plugins === false ? 'skip' : plugins ? 'run' : 'refuse',
  });
  if (target.kind !== 'chart' || !found.policy?.overrides.length) return found;
  const { policyFor } = await import('./config/overrides.ts');
  return { ...found, policy: policyFor(found.policy, target.absolute) };
}
