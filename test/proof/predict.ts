import { relative } from 'node:path';
import { lint } from '../../src/lint.ts';
import { buildRelease, type Release } from '../../src/model/index.ts';
import { parseManifest, type Manifest } from '../../src/parse/index.ts';
import { simulate, steadyState, type Before, type Timeline } from '../../src/simulate/index.ts';
import type { Obj } from './kinds.ts';

/** What the linter says of a chart, in terms of what can be observed. */
export interface Said {
  install: Release;
  upgrade: Release;
  /** Rules whose errors mean that the API server or Helm refuses something, by action. */
  refused: (action: 'install' | 'upgrade') => string | undefined;
  /** Jobs that never end of themselves, as `Kind/name`. */
  endless: ReadonlySet<string>;
  /** Names of hook annotations that Helm does not see. */
  unseen: ReadonlySet<string>;
  /** Workloads that ask the API server for what they may not see (`wait-permission`), as `Kind/name`. */
  forbidden: ReadonlySet<string>;
}

/** What an action is predicted to do. */
export interface Prediction {
  /** Hooks in the order in which Helm starts them, up to the one that it never gets past. */
  hooks: string[];
  /** What it stops at; `undefined` when it passes. */
  stopsAt: string | undefined;
  /** Only a warning says so. */
  perhaps?: boolean;
}

/** The last action, for the state that it left. */
export type Past = 'nothing' | 'install' | 'failed install';

const refusals = new Set(['hook-weight', 'restart-policy', 'job-schema', 'job-name']);
/** Rules whose errors mean that a Job never ends. */
const endless = new Set(['single-run', 'sidecar-completion']);

/** Lints a chart as a person would, and keeps the releases that were judged. */
export async function read(chart: string, helm: string, valuesFiles: readonly string[]): Promise<Said> {
  let manifests: { install: readonly Manifest[]; upgrade: readonly Manifest[] } | undefined;
  const { charts, errors } = await lint({
    paths: [chart],
    cwd: process.cwd(),
    env: { ...process.env, HELM_BIN: helm },
    releaseName: 'rel',
    valuesFiles: [...valuesFiles],
    onRender: (_, { install, upgrade }) => (manifests = { install: install.manifests, upgrade: upgrade.manifests }),
  });
  if (!manifests || errors[0]) throw new Error(errors[0]?.message ?? `${relative('.', chart)} was not rendered`);
  const build = (list: readonly Manifest[]) => buildRelease({ name: 'rel', namespace: 'default', resources: list.flatMap((manifest) => parseManifest(manifest).resources) });
  const all = charts.flatMap((one) => one.findings);
  const findings = all.filter(({ rule, severity }) => severity === 'error' && refusals.has(rule));
  const install = build(manifests.install);
  const upgrade = build(manifests.upgrade);
  return {
    install,
    upgrade,
    forbidden: new Set(all.filter(({ rule }) => rule === 'wait-permission').map(({ resource }) => `${resource.kind}/${resource.name}`)),
    endless: new Set(all.filter(({ rule, severity }) => severity === 'error' && endless.has(rule)).map(({ resource }) => `${resource.kind}/${resource.name}`)),
    unseen: new Set([install, upgrade].flatMap(({ resources }) => resources.filter(({ inList }) => inList).map(({ kind, name }) => `${kind}/${name}`))),
    refused: (action) => findings.find(({ actions }) => actions.includes(action))?.rule,
  };
}

/** What the simulation says of one action. */
export function predict(said: Said, action: 'install' | 'upgrade', wait: boolean, past: Past): Prediction {
  const release = said[action];
  const timeline = simulate(release, { action, engine: 'helm', wait }, before(said, past));
  const hooks: string[] = [];
  const refused = said.refused(action);
  for (const step of timeline.steps) {
    if (step.hook) hooks.push(`${step.event} ${step.hook.resource.kind}/${step.hook.resource.name}`);
    const block = timeline.blocks.find((one) => one.step === step);
    const named = (set: ReadonlySet<string>) => step.await.some(({ kind, name }) => set.has(`${kind}/${name}`));
    // A warning: rights may come from elsewhere, so either outcome is as was said.
    if (named(said.forbidden) && !block) return { hooks, stopsAt: step.hook ? hooks.at(-1) : 'the wait for the release', perhaps: true };
    if (block) return { hooks, stopsAt: step.hook ? hooks.at(-1) : 'the wait for the release' };
    if (named(said.endless)) return { hooks, stopsAt: hooks.at(-1) };
  }
  return { hooks, stopsAt: refused };
}

/** What the cluster holds before the action. */
function before(said: Said, past: Past): Before {
  switch (past) {
    case 'nothing':
      return { resources: [] };
    case 'install':
      return steadyState(said.install);
    case 'failed install': {
      // The hooks up to the one that it stopped at were made, and nothing of the release.
      const timeline: Timeline = simulate(said.install, { action: 'install', engine: 'helm', wait: false });
      const stop = timeline.steps.findIndex((step) => timeline.blocks.some((block) => block.step === step));
      return { resources: timeline.steps.slice(0, stop).flatMap(({ create, phase }) => (phase === 'pre' ? create : [])) };
    }
  }
}

/** What the chart takes for granted: hosts and objects that it names and does not make. */
export function surroundings({ install, upgrade }: Said): { outside: string[]; existing: Obj[] } {
  const outside = new Set<string>();
  const existing = new Map<string, Obj>();
  for (const release of [install, upgrade]) {
    for (const { pod, namespace } of release.workloads) {
      for (const { understanding } of pod.containers) {
        const hosts = [...understanding.waits.flatMap((wait) => (wait.kind === 'host' ? [wait] : [])), ...understanding.connections];
        for (const { host, port } of hosts) if (port && /^\d+$/.test(port) && !host.includes('$') && release.servicesOf(host, namespace).length === 0) outside.add(`${host}:${port}`);
      }
      for (const { kind, name, key, optional } of pod.references) {
        if (optional || [install, upgrade].some((one) => one.find(kind, name, namespace).length > 0)) continue;
        const id = `${kind}/${name}`;
        const known = existing.get(id) ?? { apiVersion: 'v1', kind, metadata: { name, namespace } };
        existing.set(id, kind === 'Secret' || kind === 'ConfigMap' ? { ...known, data: { ...known.data, ...(key && { [key]: kind === 'Secret' ? 'eA==' : 'x' }) } } : known);
      }
    }
  }
  return { outside: [...outside], existing: [...existing.values()] };
}
