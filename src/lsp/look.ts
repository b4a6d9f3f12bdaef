import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LintOptions } from '../options.ts';
import { findPolicy } from '../config/index.ts';
import { lint } from '../lint.ts';
import { annotation, argoHook } from '../model/index.ts';
import { policyOf } from '../policy-of.ts';
import type { JudgedChart, Onlooker } from '../onlooker.ts';
import type { Place } from '../parse/index.ts';
import { Ids } from '../plan/ids.ts';
import { Planner, type Plan } from '../plan/index.ts';
import type { LintResult } from '../result.ts';

/** A template line with an annotation that makes resources hooks, or says how they run. */
export interface HookLine {
  /** As findings name files. */
  file: string;
  line: number;
  /** Ids of the resources, as plans have them. */
  resources: string[];
}

/** What one run found out about a chart. */
export interface Seen {
  options: LintOptions;
  result: LintResult;
  plans: readonly Plan[];
  hookLines: readonly HookLine[];
  /** Files outside of the chart that the result depends on: policies and values. Absolute paths. */
  inputs: readonly string[];
}

const annotations = [
  annotation.hook,
  annotation.weight,
  annotation.policy,
  argoHook,
  'argocd.argoproj.io/hook-delete-policy',
  'argocd.argoproj.io/sync-wave',
];

/** Lints the chart in a folder, as the command line does, and keeps how it rolls out. */
export async function look(chart: string, options: Omit<LintOptions, 'paths'>): Promise<Seen> {
  const planner = new Planner();
  const lines = new HookLines();
  const asked: LintOptions = {
    ...options,
    paths: [join(chart, 'Chart.yaml')],
    onJudged: (judged) => both(planner.onJudged(judged), lines.onJudged(judged)),
  };
  const result = await lint(asked);
  const plans = planner.plans(result);
  return { options: asked, result, plans, hookLines: lines.all(), inputs: await inputsOf(chart, asked) };
}

function both(one: Onlooker, other: Onlooker): Onlooker {
  return {
    places: [...one.places, ...other.places],
    located: (locate) => {
      one.located(locate);
      other.located(locate);
    },
  };
}

class HookLines {
  private readonly found = new Map<string, { file: string; line: number; resources: Set<string> }>();

  readonly onJudged = ({ actions, play }: JudgedChart): Onlooker => {
    const places = actions.flatMap((action) => {
      const { release } = play(action);
      const ids = new Ids(release);
      return release.resources.flatMap((resource) =>
        annotations
          .filter((key) => resource.get('metadata', 'annotations', key) !== undefined)
          .map((key) => ({
            id: ids.of(resource)!,
            place: { resource, path: ['metadata', 'annotations', key], part: 'key' } satisfies Place,
          })),
      );
    });
    return {
      places: places.map(({ place }) => place),
      located: (locate) => {
        for (const { id, place } of places) {
          const { file, line, precision } = locate(place);
          if (precision) continue;
          const key = JSON.stringify([file, line]);
          const known = this.found.get(key) ?? { file, line, resources: new Set() };
          this.found.set(key, known);
          known.resources.add(id);
        }
      },
    };
  };

  all(): HookLine[] {
    return [...this.found.values()].map(({ file, line, resources }) => ({ file, line, resources: [...resources] }));
  }
}

/** The policies and values files outside of a chart that its result depends on. */
export async function inputsOf(chart: string, options: LintOptions): Promise<string[]> {
  const found = options.config === undefined ? findPolicy(chart, options.cwd) : undefined;
  const target = { kind: 'chart', path: '', absolute: chart, archive: false, name: '', version: '' } as const;
  // What is wrong with the policy is in the result.
  const policy = existsSync(chart)
    ? await policyOf(target, { ...options, plugins: false }).catch(() => undefined)
    : undefined;
  return [
    ...new Set([
      ...(found === undefined ? [] : [found]),
      ...(policy?.files ?? []),
      ...(policy?.scenarios ?? []).flatMap(({ values }) => values),
    ]),
  ];
}
