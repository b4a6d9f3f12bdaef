import { activeRules, type RuleChoice } from './active-rules.ts';
import { check, type ActiveRule, type PlacedReport, type RuleFailure } from './check/index.ts';
import { changesOf } from './check/changes.ts';
import { playing, type Play } from './check/play.ts';
import type { Unjudged } from './check/unjudged.ts';
import { knowledgeOf } from './config/knowledge.ts';
import { buildRelease, jobsOfService, workloadsOfService, type Release, type Workload } from './model/index.ts';
import { parseManifest, type Manifest, type Place, type Resource } from './parse/index.ts';
import {
  generatedAnew,
  looksUp,
  nameAgain,
  namedByNamespace,
  stableName,
  uniqueName,
  type UniqueName,
} from './place/unique-name.ts';
import type { SourceFile } from './render/index.ts';
import type { RolloutChanges } from './result.ts';
import type { Engine } from './simulate/index.ts';

/** Rendered manifests for both actions, and how to judge them. */
export interface JudgeInput extends RuleChoice {
  install: readonly Manifest[];
  /** The same array where an upgrade renders alike. */
  upgrade: readonly Manifest[];
  /** A second render for an install, where names may have a random part. */
  again?: readonly Manifest[];
  releaseName?: string;
  namespace?: string;
  actions?: readonly ('install' | 'upgrade')[];
  engine?: Engine;
  wait?: boolean;
  /** It is known that nothing waits: see `LintOptions`. */
  neverWaits?: boolean;
  /** The major version of the Helm that installs the chart; absent where it may be any. */
  helmMajor?: 3 | 4;
  sources?: readonly SourceFile[];
  droppedHooks?: readonly string[];
  /** What the chart's `crds/` folders hold, where that matters. */
  crds?: readonly SourceFile[];
  /** Told once, of the first report. */
  onReport?: () => void;
  /** The last revision, where `--from` names it. */
  from?: { label: string; install: readonly Manifest[]; upgrade: readonly Manifest[] };
}

/** What the rules report, with the releases that they are about. */
export interface Judgement {
  reports: PlacedReport[];
  /** What is worth knowing about the policy, a line each. */
  notes: string[];
  /** Documents and sections that could not be read. */
  unjudged: Unjudged[];
  /** Rules that failed; the others are applied. */
  failures: RuleFailure[];
  install: Release;
  upgrade: Release;
  /** Plays these releases, as the rules saw them. */
  play: Play;
  /** What changed in the rollout since the last revision, where that is named. */
  changes?: RolloutChanges;
  /** The name of a resource with `*` for what is new at each render. */
  stableName: (resource: Resource) => string;
  /** The actions that were judged. */
  actions: readonly ('install' | 'upgrade')[];
  /** The rules that were applied, and those that are off. */
  rules: readonly ActiveRule[];
}

/** From manifests to reports: parse → model → simulate → check. */
export function judge(input: JudgeInput): Judgement {
  const { releaseName = 'release-name', namespace = 'default', policy } = input;
  const rules = activeRules(input);
  const notes = new Set<string>();
  const unjudged: Unjudged[] = [];
  const knowledge = policy && knowledgeOf(policy);
  const build = (resources: readonly Resource[]) =>
    buildRelease({ name: releaseName, namespace, resources, knowledge });
  const actions = input.actions ?? ['install', 'upgrade'];
  const same = input.upgrade === input.install;
  const install = build(read(input.install, unjudged, same ? actions : ['install']));
  const upgrade = same ? install : build(read(input.upgrade, unjudged, ['upgrade']));
  for (const service of policy?.services ?? []) {
    if (
      ![install, upgrade].some(
        (release) => workloadsOfService(service, release).length > 0 || jobsOfService(service, release).length > 0,
      )
    )
      notes.add(`service ${service.name} of the policy (${service.origin}) is not in this chart`);
  }
  const others = input.again && read(input.again, [], []);
  const secondName =
    others &&
    ((resource: Resource) =>
      nameAgain((install.resources.includes(resource) ? install : upgrade).resources, others)(resource));
  const sources = input.sources ?? [];
  const uniques = new Map<Resource, UniqueName | undefined>();
  const unique = (resource: Resource) => {
    if (!uniques.has(resource)) uniques.set(resource, uniqueName(resource, sources, secondName));
    return uniques.get(resource);
  };
  const failures: RuleFailure[] = [];
  const from = input.from && {
    label: input.from.label,
    install: build(read(input.from.install, [], [])),
    release: build(read(input.from.upgrade, [], [])),
  };
  const engine = input.engine ?? 'helm';
  // The revision is always 1 under Argo CD.
  const revisions = engine === 'helm' && sources.some(({ text }) => text.includes('.Release.Revision'));
  const renamed = revisions ? (resource: Resource) => unique(resource) === 'revision' : undefined;
  const releases = { install, upgrade, engine, wait: input.wait ?? false, from, renamed };
  const play = playing(releases);
  const changes =
    from &&
    changesOf({
      from: from.label,
      last: playing({ ...releases, install: from.install, upgrade: from.release, from: undefined }),
      now: play,
      actions,
      engine: releases.engine,
    });
  const reports = check({
    ...releases,
    play,
    neverWaits: input.neverWaits,
    helmVersion: input.helmMajor,
    nameGiven: input.releaseName !== undefined,
    actions,
    rules,
    services: policy?.services ?? [],
    droppedHooks: input.droppedHooks ?? [],
    crds: input.crds ?? [],
    onReport: input.onReport,
    onFailure: (failure) => failures.push(failure),
    onUnexplained: (workloads, action) => unjudged.push(unexplained([...workloads], [action])),
    templates: input.sources ?? [],
    uniqueName: unique,
    generated: (resource) => generatedAnew(resource, input.sources ?? []),
    looksUp: (resource) => looksUp(resource, input.sources ?? []),
    namedByNamespace: (resource) => namedByNamespace(resource, input.sources ?? []),
  });
  for (const [release, of] of same
    ? [[install, actions] as const]
    : ([
        [install, ['install']],
        [upgrade, ['upgrade']],
      ] as const)) {
    // Commands are understood when a rule asks for them; here all are asked for.
    void release.migrations;
    unjudged.push(
      ...release.tooLong.map(({ variable, place }) => tooLong(variable, place, of)),
      ...release.unreadShell.map(({ container, place }) => unreadShell(container, place, of)),
    );
  }
  const judged = unjudged.filter((one) =>
    one.actions.some((action) => (actions as readonly string[]).includes(action)),
  );
  return {
    reports,
    notes: [...notes],
    unjudged: judged,
    failures,
    install,
    upgrade,
    play,
    ...(changes && { changes }),
    stableName: (resource) => stableName(resource.name, unique(resource), secondName?.(resource)),
    actions,
    rules,
  };
}

/** The resources of manifests; what cannot be read is added to `unjudged`. */
function read(manifests: readonly Manifest[], unjudged: Unjudged[], actions: Unjudged['actions']): Resource[] {
  return manifests.flatMap((manifest) => {
    const { resources, unread } = parseManifest(manifest);
    for (const { reason, help, at } of unread)
      unjudged.push({
        what: `document ${manifest.source ?? ''}`,
        message: `This document was not judged: ${reason}`,
        at,
        cause: 'lost',
        help,
        actions,
      });
    return resources;
  });
}

/** Workloads that can never become ready, for a reason that is too far away to be looked for. */
function unexplained(workloads: readonly Workload[], actions: Unjudged['actions']): Unjudged {
  const [{ resource }] = workloads as [Workload];
  const others = workloads.length === 1 ? '' : ` (and ${workloads.length - 1} more workloads)`;
  return {
    what: 'chain of waits',
    message: `Why ${resource.kind}/${resource.name}${others} cannot become ready was not judged: the chains of waits are too long to follow to their end`,
    at: resource.place('metadata', 'name'),
    cause: 'lost',
    help: 'Fix the other findings about workloads that wait, or lint the parts of the chart on their own.',
    actions,
  };
}

/** A variable whose value no program gets: what depends on it is not judged, all else is. */
function tooLong(variable: string, at: Place, actions: Unjudged['actions']): Unjudged {
  return {
    what: `variable ${variable}`,
    message: `Environment variable ${variable} was not judged: with the variables that it uses it is longer than 128 KiB, and Linux hands no longer string to a program`,
    at,
    cause: 'lost',
    help: `Shorten ${variable}, or mount it as a file.`,
    actions,
  };
}

/** A command that no bound could end: what it waits for and migrates may be more than what was read. */
function unreadShell(container: string, at: Place, actions: Unjudged['actions']): Unjudged {
  return {
    what: `container ${container}`,
    message: `The command of container ${container} was judged in part: its shell is nested too deep or too long to be read`,
    at,
    cause: 'lost',
    help: 'Put the commands into a script of their own with less nesting, so that they can be read.',
    actions,
  };
}
