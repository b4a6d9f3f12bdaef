// What the API server refuses of a resource, as rules report it.
import { knownUpTo, refusals, schemaFaults, typeOf, words, type Fault, type SchemaFault } from './api/index.ts';
import { refusalAdvice, schemaAdvice } from './api-advice.ts';
import type { Hook, Release } from './model/index.ts';
import type { Resource } from './parse/index.ts';
import type { Report } from './rule-report.ts';
import { plural } from './plural.ts';
import { describe } from './words.ts';

/** What reports need to know of a release beside its resources. */
interface Deployed {
  helmVersion: 3 | 4 | undefined;
  /** Whether the template of a resource looks objects up in the cluster. */
  looksUp(resource: Resource): boolean;
}

/** A ConfigMap's text above which its data is not read: dashboards and the like. Kubernetes takes a MiB in all. */
const longData = 64 * 1024;

/** As the API gets it; of kinds whose schema is not known the metadata only. */
function contentOf(resource: Resource): Readonly<Record<string, unknown>> {
  const { apiVersion, kind, manifest } = resource;
  const long = kind === 'ConfigMap' && manifest.text.length > longData && manifest.text.length < 1024 * 1024;
  if (typeOf(apiVersion, kind) === undefined || long) return { apiVersion, kind, metadata: resource.get('metadata') };
  const content = resource.get();
  return { ...(content as object), apiVersion, kind };
}

/** Rules ask about a resource once for each action: the answer is the same. */
function once<T>(ask: (content: Readonly<Record<string, unknown>>) => T): (resource: Resource) => T {
  const known = new WeakMap<Resource, T>();
  return (resource) => {
    let answer = known.get(resource);
    if (answer === undefined) known.set(resource, (answer = ask(contentOf(resource))));
    return answer;
  };
}

const faultsOf = once<readonly SchemaFault[]>(schemaFaults);
const refusalsOf = once<readonly Fault[]>(refusals);

/**
 * Fields of a resource that the API does not know, and values of the wrong type. Helm 4 applies on the server's side,
 * which refuses unknown fields ("field not declared in schema"); Helm 3 creates, and the server drops them.
 */
export function* schemaReports(resource: Resource, { helmVersion, looksUp }: Deployed): Iterable<Report> {
  for (const fault of faultsOf(resource)) {
    const { path, kind, meant } = fault;
    // Helm reads its own annotations before the API does.
    if (path[1] === 'annotations' && String(path[2]).startsWith('helm.sh/')) continue;
    const doubt = kind === 'type' && mayBeFound(resource.get(...path)) && looksUp(resource) ? orFound : '';
    yield {
      at: kind === 'type' ? resource.place(...path) : resource.key(...path),
      message: `${describe(resource)}: ${fault.message}${consequence(fault, helmVersion)}${doubt}`,
      severity: doubt === '' ? severityOf(fault, helmVersion) : 'warning',
      resource,
      help: schemaAdvice(fault, resource.get(...path)),
      ...(meant && {
        fix: {
          description: `Rename ${path.at(-1)} to ${meant}`,
          edits: [{ at: resource.key(...path), action: 'rename' as const, text: meant }],
        },
      }),
    };
  }
}

function severityOf({ kind }: SchemaFault, helmVersion: 3 | 4 | undefined): Report['severity'] {
  if (kind === 'type') return 'error';
  if (kind === 'unknown') return helmVersion === 4 ? 'warning' : 'info';
  return helmVersion === 4 ? 'error' : 'warning';
}

function consequence({ kind }: SchemaFault, helmVersion: 3 | 4 | undefined): string {
  if (kind === 'type') return '';
  const newer = kind === 'unknown' ? `, unless the cluster is newer than Kubernetes ${knownUpTo}` : '';
  if (helmVersion === 3) return '; Helm 3 ignores it';
  return helmVersion === 4 ? `; Helm 4 refuses it${newer}` : `; Helm 4 refuses it${newer}, Helm 3 ignores it`;
}

/** The doubt about what a template would find in the cluster: in a render without one `lookup` finds nothing. */
const orFound = ', unless the template looks the value up in the cluster';

/** Whether a value may be what is left of a text around a `lookup` that found nothing. */
function mayBeFound(value: unknown): boolean {
  return value === undefined || value === null || value === '' || typeof value === 'object';
}

/** What the API server refuses of a resource, in its own words, and what has happened by then. */
export function* apiRefusals(
  resource: Resource,
  { release, helmVersion, looksUp }: Deployed & { release: Release },
): Iterable<Report> {
  const hook = release.hookFor(resource);
  let found: Hook[] | undefined;
  for (const { path, text, applied } of refusalsOf(resource)) {
    if (applied && helmVersion === 3) continue;
    const migrated = hook ? [] : (found ??= migratingBefore(release));
    const long = /no more than (\d+) characters/.exec(text);
    const value = resource.get(...path);
    // The release's own name has a share in it: a shorter one may fit.
    const share =
      long !== null &&
      typeof value === 'string' &&
      value.length - (value.split(release.name).length - 1) * (release.name.length - 1) <= Number(long[1]);
    // What a template takes over from an old Secret is empty in a render, wherever it takes it from.
    const lookedUp =
      (resource.kind === 'Secret' && text.includes('Required value')) || (mayBeFound(value) && looksUp(resource));
    const doubt = share ? ` (under the release name ${release.name})` : lookedUp ? orFound : '';
    const who =
      applied && helmVersion === undefined ? 'Helm 4' : text.startsWith('resource name') ? 'Helm' : 'Kubernetes';
    yield {
      at: value !== null && typeof value === 'object' ? resource.key(...path) : resource.place(...path),
      message: `${who} refuses ${describe(resource)}: ${words(path)}: ${text}${doubt}`,
      severity: doubt !== '' || (applied && helmVersion === undefined) ? 'warning' : 'error',
      resource,
      help: refusalAdvice(path, text, value),
      ...(migrated.length > 0 && {
        because: [
          {
            message: `Helm creates it after ${plural(migrated.length, 'hook')} that migrate${migrated.length === 1 ? 's' : ''}, so the database is already migrated when the release fails`,
            at: migrated[0]!.place,
          },
        ],
      }),
    };
  }
}

/** The hooks that migrate before the release's own resources are created. */
function migratingBefore(release: Release): Hook[] {
  const migrating = new Set(release.migrations.map(({ workload }) => workload.hook));
  return release.hooks.filter(
    (hook) => migrating.has(hook) && hook.events.some((event) => /^pre-(?:install|upgrade)$/.test(event)),
  );
}
