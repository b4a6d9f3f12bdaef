import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { whyMisled } from './confine/boundary.ts';
import type { Deployment, DeployedValues, DeploymentField } from './deployments/deployment.ts';
import type { Finding } from './finding.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Judgement } from './judge.ts';
import type { Release } from './model/index.ts';
import { shownPath } from './paths.ts';
import type { FileLine } from './place/location.ts';
import type { SourceFile } from './render/index.ts';
import { beside, describe } from './words.ts';
import { childOf, readYaml, YamlError } from './yaml/index.ts';

/** A finding of a deployment itself, at a line of it; `chain` are further places. */
export function deploymentFinding(
  about: Pick<Finding, 'rule' | 'severity' | 'message' | 'help' | 'actions'> & {
    at: FileLine;
    because?: Finding['because'];
    resource?: Finding['resource'];
  },
): Finding {
  const { at, because = [], resource, rule, message, ...rest } = about;
  return {
    ...rest,
    rule,
    message,
    resource: resource ?? { apiVersion: '', kind: '', name: '', namespace: '' },
    location: { ...at, column: 1 },
    because,
    fingerprint: fingerprintOf([rule, at.file, message]),
  };
}

/** Where a deployment writes a field, or where it is written itself. */
export const placeOf = (deployment: Deployment, field: DeploymentField): FileLine =>
  deployment.places?.[field] ?? deployment.at;

/** What is wrong with a deployment itself, for the chart that it deploys. */
export function deploymentFindings(
  deployment: Deployment,
  judgement: Pick<Judgement, 'install' | 'upgrade' | 'actions'>,
  { cwd, sources = [] }: { cwd: string; sources?: readonly SourceFile[] },
): Finding[] {
  return [...disabledHooks(deployment, judgement), ...unreadValues(deployment, sources, cwd)];
}

/**
 * A finding that the deployment causes by a field that it writes, at the line of that field: its timeout, which is
 * shorter than a Job may run, and its waiting for workloads. The template's line is the last link of the chain.
 */
export function causedBy(deployment: Deployment, finding: Finding): Finding {
  const { timeout, wait } = deployment.places ?? {};
  const at =
    finding.rule === 'job-deadline' && finding.message.includes('(--timeout)')
      ? timeout
      : finding.rule === 'wait-deadlock'
        ? wait
        : undefined;
  if (!at) return finding;
  const there: Finding = {
    ...finding,
    message: finding.message.replace('(--timeout)', `(timeout of ${deployment.name})`),
    help: finding.help.replace(/install with `--timeout (\d+s)`/, 'set the timeout to $1'),
    location: { ...at, column: 1, ...(finding.location.value && { value: finding.location.value }) },
    because: [
      ...finding.because,
      {
        message: `${[finding.resource.kind, finding.resource.name].filter(Boolean).join('/')} is written here`,
        location: finding.location,
      },
    ],
  };
  // The fix of the template is none of the deployment.
  delete there.fix;
  return there;
}

function disabledHooks(
  deployment: Deployment,
  judgement: Pick<Judgement, 'install' | 'upgrade' | 'actions'>,
): Finding[] {
  return deployment.disabledHooks.flatMap((action) => {
    if (!judgement.actions.includes(action)) return [];
    const skipped = migratingHooks(judgement[action], action);
    if (skipped.length === 0) return [];
    return [
      deploymentFinding({
        rule: 'disabled-hooks',
        severity: 'error',
        message: `${deployment.name} disables the hooks of its ${action}, so ${beside(skipped)} ${skipped.length === 1 ? 'is' : 'are'} never run: the new version meets the old schema`,
        at: placeOf(deployment, 'hooks'),
        actions: [action],
        help: `Remove the field that disables hooks, or make ${skipped[0]!} a plain Job.`,
      }),
    ];
  });
}

function migratingHooks(release: Release, action: 'install' | 'upgrade'): string[] {
  return release.workloads
    .filter(({ hook }) => hook?.events.some((event) => event.endsWith(`-${action}`)))
    .filter((workload) => release.migrationsIn(workload).length > 0)
    .map(({ resource }) => describe(resource));
}

/** Keys that Helm itself knows, whatever the chart reads. */
const ofHelm = new Set(['global', 'tags', 'enabled']);

/**
 * Top-level keys of a deployment's values whose word is in no file of the chart. Charts that read their values as a
 * whole (`toYaml .Values`, `index .Values $key`) may read any, and dependencies that are archives are not looked into.
 */
function unreadValues(deployment: Deployment, sources: readonly SourceFile[], cwd: string): Finding[] {
  if (sources.length === 0 || sources.some(({ text }) => /\.Values(?![.\w])/.test(text))) return [];
  const charts = sources.filter(({ path }) => /(?:^|\/)(?:Chart|requirements)\.ya?ml$/.test(path));
  if (charts.some(({ text }) => /^dependencies:/m.test(text))) return [];
  const seen = new Set<string>();
  return deployment.values.flatMap((values) =>
    keysOf(values, cwd).flatMap(({ key, at }) => {
      if (ofHelm.has(key) || key === '' || seen.has(key) || sources.some(({ text }) => text.includes(key))) return [];
      seen.add(key);
      return [
        deploymentFinding({
          rule: 'unread-value',
          severity: 'warning',
          message: `${deployment.name} sets ${key.slice(0, 100)}, which its chart never reads`,
          at: at ?? placeOf(deployment, 'values'),
          actions: ['install', 'upgrade'],
          help: 'Write the key as the chart has it, or remove it.',
        }),
      ];
    }),
  );
}

function keysOf(values: DeployedValues, cwd: string): { key: string; at?: FileLine }[] {
  if (values.kind === 'set') return [{ key: /^[\w-]*/.exec(values.value)![0] }];
  try {
    const text = values.kind === 'file' ? readFileSync(values.path, 'utf8') : values.text;
    const { root, value } = readYaml(text);
    if (!root || typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    return Object.keys(value).map((key) => {
      const line = text.slice(0, childOf(root, key)?.key?.start ?? 0).split('\n').length;
      if (values.kind === 'file') return { key, at: { file: shownPath(cwd, values.path), line } };
      return { key, at: values.sameLines ? { file: values.at.file, line } : values.at };
    });
  } catch (error) {
    // Helm says what is wrong with it.
    if (error instanceof YamlError || (error as NodeJS.ErrnoException).code !== undefined) return [];
    throw error;
  }
}

/**
 * The text of a file that a finding names; `undefined` of what is in an archive, too large, or behind a link out of the
 * repository.
 */
export function writtenText(file: string, cwd: string): string | undefined {
  const path = resolve(cwd, file);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() !== true || stat.size > 8 * 1024 * 1024 || whyMisled(path, cwd) !== undefined) return undefined;
  return readFileSync(path, 'utf8');
}
