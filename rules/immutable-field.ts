import { defineRule, describe, list, map, str, type Resource } from '../src/rule.ts';

export const immutableField = defineRule({
  id: 'immutable-field',
  title: 'An upgrade changes a field that is immutable',
  severity: 'error',
  preset: 'recommended',
  why: `Some fields can be written only when an object is created: the selector of a Deployment, the volumeClaimTemplates of
    a StatefulSet, the data of a ConfigMap with \`immutable: true\`. Helm patches the object under the same name, and the
    API server refuses that ("field is immutable", "updates to statefulset spec for fields other than … are forbidden").
    The pre-upgrade hooks have migrated the database by then. A label such as \`helm.sh/chart\` in such a field changes
    with each version of the chart. Under Helm 4, a Deployment that becomes \`Recreate\` keeps the \`rollingUpdate\` of the
    API server's defaults, which is refused too.`,
  fix: `Leave the field as it is. Put only labels that stay the same into selectors and claim templates. To change one all
    the same, rename the object, or delete it before the upgrade (\`kubectl delete --cascade=orphan\` keeps the pods).`,
  off: 'When the object is always deleted by hand or by a pipeline before such an upgrade.',
  see: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#limitations',
    'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#label-selector-updates',
    'https://helm.sh/docs/chart_best_practices/labels/',
    'https://github.com/helm/charts/issues/7803',
  ],
  *check({ release, action, from, on, uniqueName, generated, looksUp, engine, helmVersion }) {
    if (action !== 'upgrade') return;
    const last = from?.release ?? on('install').release;
    for (const resource of release.resources) {
      const fields = immutable[resource.kind];
      if (!fields || release.hookFor(resource) || uniqueName(resource) || replaced(resource)) continue;
      const before = last.find(resource.kind, resource.name, resource.namespace ?? release.namespace)[0];
      const differing =
        before && !last.hookFor(before)
          ? fields.find((field) => differs(field, before, resource) && !(field.content && looksUp(resource)))
          : undefined;
      if (before && differing) {
        const { words, path, plural } = differing;
        const [differ, those, they] = plural ? ['differ', 'those', 'they are'] : ['differs', 'that', 'it is'];
        yield {
          at: placeOf(resource, path),
          message: `${words} of ${describe(resource)} ${differ} from ${those} ${from ? `in ${from.label}` : 'of the install'}, but ${they} immutable: the API server refuses the upgrade`,
          because: [
            { message: `as ${they} ${from ? `in ${from.label}` : 'at the install'}`, at: placeOf(before, path) },
          ],
          resource,
          help: from
            ? `Write ${words.toLowerCase()} as in ${from.label}, or give ${describe(resource)} another name.`
            : differing.content && generated(resource)
              ? `Remove the field immutable from ${describe(resource)}, or take over the values that it has in the cluster with the function lookup.`
              : 'Write the same for both, without `.Release.IsInstall` and `.Release.IsUpgrade`.',
        };
        continue;
      }
      if (before && engine === 'helm' && helmVersion !== 3 && isRecreated(before, resource)) {
        yield {
          at: resource.place('spec', 'strategy', 'type'),
          message: `The strategy of ${describe(resource)} becomes Recreate, but the rollingUpdate that the API server filled in ${from ? `at ${from.label}` : 'at the install'} stays under Helm 4: "may not be specified when strategy type is 'Recreate'", unless Helm 3 installed the release`,
          severity: 'warning',
          because: [{ message: 'RollingUpdate before', at: placeOf(before, ['spec', 'strategy', 'type']) }],
          resource,
          help: 'Upgrade once with `--server-side=false`, or leave the strategy as it is.',
        };
        continue;
      }
      if (from) continue;
      for (const field of fields) {
        const label = changingLabel(resource, field);
        if (!label) continue;
        yield {
          at: resource.place(...label.path),
          message: `${field.words} of ${describe(resource)} ${field.plural ? 'hold' : 'holds'} the label ${label.name}, which changes with ${label.revision ? 'each revision' : 'the version'}, but ${field.plural ? 'they are' : 'it is'} immutable: ${label.revision ? 'every upgrade' : 'the upgrade to the next version'} is refused`,
          severity: 'warning',
          resource,
          help: `Remove the label ${label.name} from ${field.words.toLowerCase()}. In releases that have it already, delete ${describe(resource)} with \`--cascade=orphan\` before the upgrade.`,
        };
        break;
      }
    }
  },
});

/** A field that the API server lets nobody change. */
interface Field {
  words: string;
  path: readonly string[];
  plural?: true;
  /** What the API server fills in. */
  usual?: string;
  /** Its data: a template may look up what the object in the cluster has, and write the same again. */
  content?: true;
  /** Where labels stand in it. */
  labels?: 'matchLabels' | 'claims';
  /** Whether it counts in this object. */
  holds?: (before: Resource, after: Resource) => boolean;
}

const selector: Field = { words: 'The selector', path: ['spec', 'selector'], labels: 'matchLabels' };
const isImmutable = (before: Resource) => before.get('immutable') === true;
const content = (key: string, words: string): Field => ({
  words,
  path: [key],
  plural: true,
  content: true,
  holds: isImmutable,
});

/**
 * By kind, as the API server's own validation has them (pkg/apis/apps/validation, pkg/apis/core/validation,
 * pkg/apis/rbac/validation of Kubernetes 1.34).
 */
const immutable: Readonly<Record<string, readonly Field[]>> = {
  Deployment: [selector],
  DaemonSet: [selector],
  StatefulSet: [
    selector,
    { words: 'The serviceName', path: ['spec', 'serviceName'], usual: '' },
    { words: 'The podManagementPolicy', path: ['spec', 'podManagementPolicy'], usual: 'OrderedReady' },
    { words: 'The volumeClaimTemplates', path: ['spec', 'volumeClaimTemplates'], plural: true, labels: 'claims' },
  ],
  Service: [
    {
      words: 'The clusterIP',
      path: ['spec', 'clusterIP'],
      // An address that the server gave stays where the manifest names none.
      holds: (before, after) =>
        Boolean(str(after.get('spec', 'clusterIP'))) &&
        [before, after].every((one) => str(one.get('spec', 'type')) !== 'ExternalName'),
    },
  ],
  ConfigMap: [content('data', 'The data'), content('binaryData', 'The binary data')],
  Secret: [content('data', 'The data'), { words: 'The type', path: ['type'], usual: 'Opaque' }],
  RoleBinding: [{ words: 'The roleRef', path: ['roleRef'] }],
  ClusterRoleBinding: [{ words: 'The roleRef', path: ['roleRef'] }],
};

function differs({ path, usual, holds }: Field, before: Resource, after: Resource): boolean {
  if (holds && !holds(before, after)) return false;
  return written(before.get(...path), usual) !== written(after.get(...path), usual);
}

/** A value as the API server compares it: whatever the order of keys, without what is empty and what it fills in. */
function written(value: unknown, usual?: string): string {
  const plain = (one: unknown, key?: string): unknown => {
    if (Array.isArray(one)) return one.length > 0 ? one.map((item) => plain(item)) : undefined;
    if (one === null || one === undefined || one === '') return undefined;
    if (key === 'storage') return bytes(String(one));
    if (typeof one !== 'object') return key === 'volumeMode' && one === 'Filesystem' ? undefined : one;
    const claim = 'spec' in one;
    const entries = Object.entries(one)
      .filter(([name]) => name !== 'creationTimestamp' && !(claim && /^(?:apiVersion|kind|status)$/.test(name)))
      .map(([name, item]) => [name, plain(item, name)] as const)
      .filter(([, item]) => item !== undefined);
    return entries.length > 0 ? Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) : undefined;
  };
  return JSON.stringify(plain(value ?? usual)) ?? JSON.stringify(plain(usual)) ?? '';
}

/** A quantity in bytes, where it is a plain one: `1Gi` and `1024Mi` are the same. */
function bytes(quantity: string): string {
  const [, digits, unit] = /^(\d+)([KMGT]i)$/.exec(quantity) ?? [];
  return unit === undefined ? quantity : String(Number(digits) * 1024 ** ('KMGT'.indexOf(unit[0]!) + 1));
}

/**
 * Whether a Deployment leaves `RollingUpdate` with the settings that the API server filled in. Those that the last
 * revision wrote itself, even one of them, go with it: server-side apply removes what a manifest no longer has.
 */
function isRecreated(before: Resource, after: Resource): boolean {
  if (after.kind !== 'Deployment' || after.get('spec', 'strategy', 'type') !== 'Recreate') return false;
  const was = map(before.get('spec', 'strategy'));
  return was['type'] !== 'Recreate' && Object.keys(map(was['rollingUpdate'])).length === 0;
}

/** A label in a field that holds the version of the chart or of the app, or the revision, which a render shows as 1. */
function changingLabel(
  resource: Resource,
  { path, labels }: Field,
): { name: string; path: (string | number)[]; revision: boolean } | undefined {
  const at = (where: (string | number)[]) => {
    for (const [name, value] of Object.entries(map(resource.get(...where)))) {
      const revision = /(?:^|[./_-])revision$/i.test(name) && value === '1';
      if (revision || (versioned.test(name) && /\d\.\d/.test(str(value) ?? '')))
        return { name, path: [...where, name], revision };
    }
    return undefined;
  };
  if (labels === 'matchLabels') return at([...path, 'matchLabels']);
  if (labels !== 'claims') return undefined;
  for (const index of list(resource.get(...path)).keys()) {
    const found = at([...path, index, 'metadata', 'labels']);
    if (found) return found;
  }
  return undefined;
}

const versioned = /^(?:helm\.sh\/chart|app\.kubernetes\.io\/version|chart)$/;

function placeOf(resource: Resource, path: readonly string[]) {
  return resource.get(...path) === undefined ? resource.place('metadata', 'name') : resource.place(...path);
}

/** Argo CD replaces the object instead of patching it. */
function replaced({ annotations }: Resource): boolean {
  return /\b(?:Replace|Force)=true\b/.test(String(annotations['argocd.argoproj.io/sync-options'] ?? ''));
}
