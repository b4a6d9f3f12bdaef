import { relative } from 'node:path';
import type { Finding } from '../../src/finding.ts';
import { lint } from '../../src/lint.ts';
import { buildRelease, type Release } from '../../src/model/index.ts';
import { parseManifest, type Manifest, type Resource } from '../../src/parse/index.ts';
import { afterInstall, doubtOf, simulate, type Before, type Step } from '../../src/simulate/index.ts';
import { isKubectl } from '../../src/tools/index.ts';
import type { Loose, Obj } from './kinds.ts';

/** What the linter says of a chart, in terms of what can be observed. */
export interface Said {
  install: Release;
  upgrade: Release;
  /** Rules whose errors mean that the API server or Helm refuses something, by action. */
  refused: (action: 'install' | 'upgrade') => string | undefined;
  /** Rules whose warnings mean that it may be refused: the cluster decides, or what is there already. */
  mayRefuse: (action: 'install' | 'upgrade') => string | undefined;
  /** Hooks that Helm never gets past, by an error that the simulation does not play, as `Kind/name`. */
  endless: (action: 'install' | 'upgrade') => ReadonlySet<string>;
  /** What errors of an install are about, as `Kind/name`: an upgrade after it may meet them again. */
  erring: ReadonlySet<string>;
  /** Names of hook annotations that Helm does not see. */
  unseen: ReadonlySet<string>;
  /**
   * Hooks that Helm 3 cannot create while an old one is there (`hook-delete-policy`, `hook-shared-resource`), as
   * `Kind/name`.
   */
  leftOver: ReadonlySet<string>;
  /**
   * Ordinary resources that a hook of their name is in the way of with Helm 3 (`hook-shared-resource`), as `Kind/name`.
   */
  shared: ReadonlySet<string>;
  /**
   * Workloads that stop unless something outside of the chart helps (`wait-permission`, warnings of `missing-key`), as
   * `Kind/name`.
   */
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
  /**
   * Hooks that are still there afterwards, as `Kind/name`, sorted; what a TTL or a name of its own makes uncertain is
   * left out.
   */
  left: string[];
}

/** The last action, for the state that it left. */
export type Past = 'nothing' | 'install' | 'failed install';

const refusals = new Set([
  'api-refused',
  'crd-order',
  'hook-weight',
  'immutable-field',
  'job-name',
  'job-schema',
  'resource-schema',
  'restart-policy',
]);
/** Rules whose errors mean that a hook never ends, or cannot be made. */
const endless = new Set([
  'hook-reference',
  'job-deadline',
  'local-wait',
  'missing-key',
  'sidecar-completion',
  'single-run',
]);

/** Rules whose findings say that a hook may stop: what decides it is not in the chart. */
const mayFail = new Set([
  'create-again',
  'doubled-dollar',
  'early-wait',
  'hook-quota',
  'large-number',
  'not-judged',
  'service-link',
  'wait-permission',
]);
/** Rules whose warnings say so. */
const mayFailWarned = new Set([
  'hook-deadlock',
  'hook-reference',
  'job-deadline',
  'local-wait',
  'missing-key',
  'restart-policy',
]);

/** What a finding is about, and the others that it counts, as `Kind/name`. */
const about = ({ resource, because }: Finding): string[] => [
  `${resource.kind}/${resource.name}`,
  ...because.flatMap(({ message }) => /^the same in (\S+)$/.exec(message)?.[1] ?? []),
];

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
  const build = (list: readonly Manifest[]) =>
    buildRelease({
      name: 'rel',
      namespace: 'default',
      resources: list.flatMap((manifest) => parseManifest(manifest).resources),
    });
  const all = charts.flatMap((one) => one.findings);
  const findings = all.filter(
    ({ rule, severity, message }) =>
      // The server of the proof is of the newest Kubernetes whose fields are known.
      (severity === 'error' || /unless the cluster is newer|every upgrade is refused/.test(message)) &&
      (refusals.has(rule) || message.includes('Kubernetes refuses')),
  );
  const named = (rules: readonly string[], text: RegExp) =>
    new Set(all.filter(({ rule, message }) => rules.includes(rule) && text.test(message)).flatMap(about));
  const install = build(manifests.install);
  const upgrade = build(manifests.upgrade);
  return {
    install,
    upgrade,
    leftOver: named(['hook-delete-policy', 'hook-shared-resource'], /makes Helm 3 fail|an upgrade with Helm 3 fails/),
    shared: named(['hook-shared-resource'], /first install fails with Helm 3/),
    forbidden: new Set(
      all
        .filter(({ rule, severity }) => mayFail.has(rule) || (mayFailWarned.has(rule) && severity === 'warning'))
        .flatMap(about),
    ),
    endless: (action) =>
      new Set(
        all
          .filter(
            ({ rule, severity, message, actions }) =>
              severity === 'error' &&
              endless.has(rule) &&
              actions.includes(action) &&
              !message.includes('Kubernetes refuses'),
          )
          .flatMap(about),
      ),
    erring: new Set(
      all.filter(({ severity, actions }) => severity === 'error' && actions.includes('install')).flatMap(about),
    ),
    unseen: new Set(
      [install, upgrade].flatMap(({ resources }) =>
        resources.filter(({ inList }) => inList).map(({ kind, name }) => `${kind}/${name}`),
      ),
    ),
    refused: (action) => findings.find(({ actions }) => actions.includes(action))?.rule,
    mayRefuse: (action) =>
      all.find(
        ({ rule, severity, actions }) =>
          severity === 'warning' &&
          (refusals.has(rule) || rule === 'not-judged' || rule === 'replicas-conflict') &&
          actions.includes(action),
      )?.rule,
  };
}

/** What the simulation says of one action. */
export function predict(
  said: Said,
  action: 'install' | 'upgrade',
  wait: boolean,
  past: Past,
  major: 3 | 4,
): Prediction {
  const { hooks, stopsAt, perhaps, stands } = walk(said, action, wait, past, major);
  const lasting = lastingHooks(said);
  return {
    hooks,
    stopsAt,
    perhaps,
    left: [...new Set(stands.resources.map(keyOf))].filter((key) => lasting.has(key)).sort(),
  };
}

/** The hooks of which the delete policies alone say whether they are still there, as `Kind/name`. */
export function lastingHooks({ install, upgrade }: Said): Set<string> {
  const releases = [install, upgrade];
  const hooks = releases.flatMap((release) =>
    release.hooks.filter(
      ({ resource }) => resource.get('spec', 'ttlSecondsAfterFinished') === undefined && !/\d{6,}/.test(resource.name),
    ),
  );
  const ordinary = new Set(releases.flatMap((release) => release.ordinary.map(keyOf)));
  return new Set(hooks.map(({ resource }) => keyOf(resource)).filter((key) => !ordinary.has(key)));
}

/** A prediction, with what stands afterwards. */
interface Walk extends Omit<Prediction, 'left'> {
  stands: Before;
}

function walk(said: Said, action: 'install' | 'upgrade', wait: boolean, past: Past, major: 3 | 4): Walk {
  const release = said[action];
  const before: Before =
    past === 'nothing'
      ? { resources: [] }
      : past === 'install'
        ? afterInstall(said.install)
        : walk(said, 'install', false, 'nothing', major).stands;
  const timeline = simulate(release, { action, engine: 'helm', wait }, before);
  const hooks: string[] = [];
  const there = new Map(before.resources.map((resource) => [keyOf(resource), resource]));
  // Of hooks that ran, what hook-succeeded takes away goes at the end of the event; where a later one fails, with Helm
  // 4 only.
  let done: Resource[] = [];
  const stop = (stopsAt: string | undefined, failed?: Step, perhaps?: boolean): Walk => {
    for (const resource of [
      ...(failed && major === 3 ? [] : done).filter((one) => release.hookFor(one)?.policies.has('hook-succeeded')),
      ...(failed?.hook?.policies.has('hook-failed') ? [failed.hook.resource] : []),
    ])
      there.delete(keyOf(resource));
    return { hooks, stopsAt, perhaps, stands: { resources: [...there.values()] } };
  };
  for (const step of timeline.steps) {
    if (step.hook) hooks.push(`${step.event} ${keyOf(step.hook.resource)}`);
    const where = step.hook ? hooks.at(-1) : 'the wait for the release';
    // Helm 3 fails on what is left over, as the rules say; Helm 4 takes it as it is.
    if (major === 3 && step.create.some((resource) => clashes(said, action, resource, step, there)))
      return stop(step.hook ? where : 'the release');
    for (const resource of step.create) there.set(keyOf(resource), resource);
    const block = timeline.blocks.find((one) => one.step === step);
    const named = (set: ReadonlySet<string>) => step.await.some((resource) => set.has(keyOf(resource)));
    // A warning: rights may come from elsewhere, so either outcome is as was said.
    if (named(said.forbidden) && !block) return stop(where, step, true);
    if (past === 'failed install' && named(said.erring) && !block) return stop(where, step, true);
    // A condition in a script that the chart does not decide: so does the cluster.
    const perhaps = block?.causes.every((cause) => doubtOf(cause) !== undefined);
    if (block || named(said.endless(action))) return stop(where, step, perhaps);
    done = step.hook ? [...done, step.hook.resource] : [];
    for (const resource of step.remove) there.delete(keyOf(resource));
  }
  const refused = said.refused(action);
  const mayRefuse = said.mayRefuse(action);
  return refused === undefined && mayRefuse !== undefined ? stop(mayRefuse, undefined, true) : stop(refused);
}

const keyOf = ({ kind, name }: Resource) => `${kind}/${name}`;

/** Whether a step creates what is there already, and a rule says what comes of it. */
function clashes(
  said: Said,
  action: 'install' | 'upgrade',
  resource: Resource,
  { hook }: Step,
  there: ReadonlyMap<string, Resource>,
): boolean {
  const key = keyOf(resource);
  if (!there.has(key)) return false;
  if (hook) return !hook.policies.has('before-hook-creation') && said.leftOver.has(key);
  return action === 'install' && said.shared.has(key);
}

/** What the chart takes for granted: hosts and objects that it names and does not make. */
export function surroundings({ install, upgrade }: Pick<Said, 'install' | 'upgrade'>): {
  outside: string[];
  existing: Obj[];
} {
  const outside = new Set<string>();
  const existing = new Map<string, Obj>();
  for (const release of [install, upgrade]) {
    for (const { pod, namespace } of release.workloads) {
      const aliases = aliasesOf(pod.spec);
      for (const { understanding } of pod.containers) {
        const hosts = [
          ...understanding.waits.flatMap((wait) => (wait.kind === 'host' ? [wait] : [])),
          ...understanding.connections,
        ];
        for (const { host, port } of hosts)
          if (port && /^\d+$/.test(port) && !/\$|^127\.|^localhost$/.test(host)) {
            const address = aliases.get(host);
            if (address !== undefined) outside.add(`${address}:${port}`);
            else if (release.servicesOf(host, namespace).length === 0) outside.add(`${host}:${port}`);
          }
      }
      for (const { kind, name, key, optional } of pod.references) {
        if (kind === 'PriorityClass' || kind === 'RuntimeClass' || kind === 'StorageClass') continue;
        if (optional || [install, upgrade].some((one) => one.find(kind, name, namespace).length > 0)) continue;
        // A hook makes it by itself, and would find it there.
        if ([install, upgrade].some((one) => isMade(name, one))) continue;
        const id = `${kind}/${name}`;
        const known = existing.get(id) ?? { apiVersion: 'v1', kind, metadata: { name, namespace } };
        existing.set(
          id,
          kind === 'Secret' || kind === 'ConfigMap'
            ? { ...known, data: { ...known.data, ...(key && { [key]: kind === 'Secret' ? 'eA==' : 'x' }) } }
            : kind === 'PersistentVolumeClaim'
              ? { ...known, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
              : known,
        );
      }
    }
  }
  return { outside: [...outside], existing: [...existing.values()] };
}

/** The addresses that `hostAliases` give to names. */
function aliasesOf(spec: Loose): Map<string, string> {
  const entries: Loose[] = Array.isArray(spec.hostAliases) ? spec.hostAliases : [];
  return new Map(entries.flatMap(({ ip, hostnames }) => (hostnames ?? []).map((name: string) => [name, String(ip)])));
}

/** Whether a command of the release creates an object of that name. */
function isMade(name: string, { workloads }: Release): boolean {
  return workloads.some(({ pod }) =>
    pod.containers.some(({ understanding }) =>
      understanding.commands.some(({ argv }) => isKubectl(argv) && argv.includes('create') && argv.includes(name)),
    ),
  );
}
