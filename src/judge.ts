import { rules as allRules } from '../rules/index.ts';
import { check, type ActiveRule, type Finding } from './check/index.ts';
import { buildRelease, type Release } from './model/index.ts';
import { parseManifest, type Manifest, type Resource } from './parse/index.ts';
import { placesOfManifests, type Places } from './place/index.ts';
import type { SourceFile } from './render/index.ts';
import type { Engine } from './simulate/index.ts';

/** Rendered manifests for both actions, and how to judge them. */
export interface JudgeInput {
  install: readonly Manifest[];
  /** The same array where an upgrade renders alike. */
  upgrade: readonly Manifest[];
  releaseName?: string;
  namespace?: string;
  actions?: readonly ('install' | 'upgrade')[];
  engine?: Engine;
  wait?: boolean;
  /** Places in the chart's templates; in the manifests themselves where absent. */
  places?: Places;
  sources?: readonly SourceFile[];
  droppedHooks?: readonly string[];
}

/** Findings with the releases that they are about. */
export interface Judgement {
  findings: Finding[];
  /** What could not be read, a line each. */
  notes: string[];
  install: Release;
  upgrade: Release;
}

/** From manifests to findings: parse → model → simulate → check. */
export function judge(input: JudgeInput): Judgement {
  const { places = placesOfManifests(), releaseName = 'release-name', namespace = 'default' } = input;
  const notes = new Set<string>();
  const build = (manifests: readonly Manifest[]) => buildRelease({ name: releaseName, namespace, resources: read(manifests, notes) });
  const install = build(input.install);
  const upgrade = input.upgrade === input.install ? install : build(input.upgrade);
  const active: ActiveRule[] = allRules.map((rule) => ({ rule, options: Object.fromEntries(Object.entries(rule.options ?? {}).map(([key, option]) => [key, option.default])) }));
  const findings = check({
    install,
    upgrade,
    engine: input.engine ?? 'helm',
    wait: input.wait ?? false,
    actions: input.actions ?? ['install', 'upgrade'],
    rules: active,
    services: [],
    droppedHooks: input.droppedHooks ?? [],
    templates: input.sources ?? [],
    locate: (place) => places.locate(place),
    uniqueName: (resource) => places.uniqueName(resource),
    generated: () => false,
  });
  return { findings, notes: [...notes], install, upgrade };
}

function read(manifests: readonly Manifest[], notes: Set<string>): Resource[] {
  return manifests.flatMap((manifest) => {
    const { resources, unread } = parseManifest(manifest);
    if (unread) notes.add(`${manifest.source ?? `${manifest.file}:${manifest.line}`}: ${unread}`);
    return resources;
  });
}
