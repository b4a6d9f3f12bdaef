// The stages of manifests that were rendered elsewhere.
import { resolve } from 'node:path';
import type { Policy } from './config/index.ts';
import { DiscoverError, type ManifestsTarget } from './discover/index.ts';
import { lastManifests } from './from/index.ts';
import { majorOf } from './helm/major.ts';
import { judgeAll } from './hidden.ts';
import type { Judgement } from './judge.ts';
import type { LintOptions } from './options.ts';
import { splitManifests } from './parse/manifest.ts';
import { locateInManifests, type Locate } from './place/index.ts';
import type { Judged } from './scenario.ts';
import { lookOn, settle } from './settle.ts';

/** Parses manifests, models the release, simulates its actions and applies the rules. Throws `GitError`. */
export async function judgeManifests(
  target: ManifestsTarget,
  options: LintOptions,
  policy: Policy | undefined,
): Promise<Judgement> {
  const manifests = splitManifests(target.text, target.path);
  return judgeAll(
    {
      install: manifests,
      upgrade: manifests,
      ...options,
      helmMajor: await majorOf(options),
      policy,
      from: options.from === undefined ? undefined : lastManifests(options.from, options.cwd),
    },
    options.cwd,
  );
}

/**
 * The lines of what a judgement names: those of the manifests. Throws {@link DiscoverError} where there are no
 * resources.
 */
export async function placeInManifests(
  judgement: Judgement,
  { path }: ManifestsTarget,
  options: LintOptions,
): Promise<Locate> {
  lookOn(judgement, { path, name: '', version: '' }, options, await majorOf(options))?.located(locateInManifests);
  const { install, unjudged } = judgement;
  if (install.resources.length === 0)
    throw new DiscoverError(path, `${path}: ${unjudged[0]?.message ?? 'holds no Kubernetes manifests'}`);
  return locateInManifests;
}

/** What is reported of manifests: the findings, those that are suppressed, and notes. */
export function settleManifests(
  judgement: Judgement,
  locate: Locate,
  { path, text }: ManifestsTarget,
  options: LintOptions,
  policy: Policy | undefined,
): Judged {
  const absolute = resolve(options.cwd, path);
  const files = [{ file: path, text }];
  return settle(
    judgement,
    locate,
    { path, name: '', version: '', absolute, files, notes: judgement.notes },
    options,
    policy,
  );
}
