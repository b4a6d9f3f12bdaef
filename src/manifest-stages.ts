// The stages of manifests that were rendered elsewhere. They need no file and no program: the playground runs them too.
import type { Policy } from './config/policy.ts';
import { DiscoverError } from './discover/error.ts';
import type { ManifestsTarget } from './discover/index.ts';
import type { LastRevision } from './from/index.ts';
import { majorOf } from './helm/major.ts';
import { judgeAll } from './hidden.ts';
import type { Judgement } from './judge.ts';
import type { LintOptions } from './options.ts';
import { splitManifests } from './parse/manifest.ts';
import { locateInManifests, type Locate } from './place/in-manifests.ts';
import type { Judged } from './scenario.ts';
import { lookOn, settle } from './settle.ts';
import type { SeenFrom } from './suppress/by-policy.ts';

/** Manifests, and what is known of the files around them. */
export interface Manifests extends Pick<ManifestsTarget, 'path' | 'text'> {
  /** The last revision, where `--from` names it. */
  from?: LastRevision;
  policy?: Policy;
  /** Absolute path, where they are a file. */
  absolute: string;
  seenFrom: SeenFrom;
}

/** Lints manifests: parse → model → simulate → check → place → suppress. Throws {@link DiscoverError} where there are none. */
export async function lintManifests(manifests: Manifests, options: LintOptions): Promise<Judged> {
  const { path, text, from, policy, absolute, seenFrom } = manifests;
  const split = splitManifests(text, path);
  const helmMajor = await majorOf(options);
  const judgement = judgeAll({ install: split, upgrade: split, ...options, helmMajor, policy, from }, (file) =>
    seenFrom(options.cwd, file),
  );
  const named = { path, name: '', version: '' };
  const locate = placeInManifests(judgement, path);
  lookOn(judgement, named, options, helmMajor)?.located(locate);
  const files = [{ file: path, text }];
  return settle(judgement, locate, { ...named, absolute, files, notes: judgement.notes, seenFrom }, options, policy);
}

function placeInManifests({ install, unjudged }: Judgement, path: string): Locate {
  if (install.resources.length === 0)
    throw new DiscoverError(path, `${path}: ${unjudged[0]?.message ?? 'holds no Kubernetes manifests'}`);
  return locateInManifests;
}
