import { qualified, type Loose, type Resource } from './kinds.ts';
import type { Store } from './store.ts';

const factors: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** `250m`, `1Gi`, `2` as a number. */
export function amountOf(quantity: string | number): number {
  const [, count = '0', unit = ''] = /^([\d.eE+-]+?)(m|k|[MGTP]i?|Ki)?$/.exec(String(quantity)) ?? [];
  return Number(count) * (factors[unit] ?? 1);
}

const containersOf = (spec: Loose): Loose[] => [...(spec.initContainers ?? []), ...(spec.containers ?? [])];

/** Writes the defaults of the LimitRanges of a namespace into the containers of a pod, as admission does. */
export function limitDefaults(store: Store, namespace: string, spec: Loose): void {
  for (const container of containersOf(spec)) {
    const { limits, requests } = (container.resources ??= {});
    // The API server's own default: what is limited and not requested.
    if (limits) container.resources.requests = { ...limits, ...requests };
  }
  for (const { spec: range } of store.list('limitranges', namespace))
    for (const limit of (range?.limits ?? []).filter(({ type }: Loose) => type === 'Container')) {
      const most = { ...limit.max, ...limit.default };
      const asked = { ...limit.min, ...most, ...limit.defaultRequest };
      for (const { resources } of containersOf(spec)) {
        const { requests } = resources;
        if (Object.keys(most).length > 0) resources.limits = { ...most, ...resources.limits };
        if (Object.keys(asked).length > 0) resources.requests = { ...asked, ...requests };
      }
    }
}

/** What of a pod counts against `requests.cpu`, `limits.memory`, `cpu` …: its containers, or its largest init container. */
function useOf(spec: Loose, key: string): number {
  const [kind, what] = key.includes('.') ? (key.split('.') as [string, string]) : ['requests', key];
  const of = ({ resources }: Loose) => amountOf(resources?.[kind]?.[what] ?? 0);
  const sum = (spec.containers ?? []).reduce((all: number, container: Loose) => all + of(container), 0);
  return Math.max(sum, ...(spec.initContainers ?? []).map(of));
}

const ofResources = /^(?:(?:limits|requests)\.)?(?:cpu|memory)$/;

/** Why a ResourceQuota of the namespace lets no pod of this spec be made; it asks for defaults first (`limitDefaults`). */
export function quotaRefusal(store: Store, namespace: string, spec: Loose): string | undefined {
  // What has ended counts no more.
  const others = store.list('pods', namespace).filter(({ status }) => !['Succeeded', 'Failed'].includes(status?.phase));
  for (const quota of store.list('resourcequotas', namespace)) {
    const hard: Record<string, string | number> = quota.spec?.hard ?? {};
    const lacking = Object.keys(hard).filter((key) => ofResources.test(key) && lacks(spec, key));
    if (lacking.length > 0) return `failed quota: ${quota.metadata.name}: must specify ${lacking.join(',')}`;
    for (const [key, limit] of Object.entries(hard)) {
      const isCount = key === 'pods' || key === 'count/pods';
      if (!isCount && !ofResources.test(key)) continue;
      const used = isCount ? others.length : others.reduce((all, pod) => all + useOf(pod.spec, key), 0);
      const asked = isCount ? 1 : useOf(spec, key);
      if (used + asked > amountOf(limit) + 1e-9)
        return `exceeded quota: ${quota.metadata.name}, requested: ${key}=${asked}, used: ${key}=${used}, limited: ${key}=${limit}`;
    }
  }
  return undefined;
}

function lacks(spec: Loose, key: string): boolean {
  const [kind, what] = key.includes('.') ? (key.split('.') as [string, string]) : ['requests', key];
  return containersOf(spec).some(
    ({ resources }) =>
      (resources?.[kind]?.[what] ?? (kind === 'requests' ? resources?.limits?.[what] : undefined)) === undefined,
  );
}

/** Why a ResourceQuota lets no further object of a resource be made: `count/jobs.batch`, `services` … */
export function countRefusal(store: Store, of: Resource, namespace: string, name: string): string | undefined {
  const keys = [`count/${of.id}`, ...(of.group === '' && of.id !== 'pods' ? [of.plural] : [])];
  for (const quota of store.list('resourcequotas', namespace))
    for (const key of keys) {
      const limit = quota.spec?.hard?.[key];
      const used = store.list(of.id, namespace).length;
      if (limit !== undefined && used + 1 > amountOf(limit))
        return `${qualified(of, name)} is forbidden: exceeded quota: ${quota.metadata.name}, requested: ${key}=1, used: ${key}=${used}, limited: ${key}=${limit}`;
    }
  return undefined;
}
