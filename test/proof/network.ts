import type { Loose, Obj } from './kinds.ts';
import { customResource } from './kinds.ts';
import { setCondition } from './kubelet.ts';
import type { World } from './world.ts';

/** Small controllers: ServiceAccounts of namespaces, bound claims, established CRDs, endpoints of Services. */
export function playNetwork(world: World): void {
  const { store } = world;
  for (const { metadata } of store.list('namespaces')) {
    if (!store.get('serviceaccounts', metadata.name, 'default'))
      store.create(store.resource('serviceaccounts'), { metadata: { name: 'default', namespace: metadata.name } });
    if (!store.get('configmaps', metadata.name, 'kube-root-ca.crt'))
      store.create(store.resource('configmaps'), {
        metadata: { name: 'kube-root-ca.crt', namespace: metadata.name },
        data: { 'ca.crt': '' },
      });
  }
  for (const claim of store.list('persistentvolumeclaims')) {
    if (claim.status?.phase === 'Bound') continue;
    world.setStatus('persistentvolumeclaims', claim, (status) => {
      status.phase = 'Bound';
      status.accessModes = claim.spec?.accessModes;
    });
  }
  for (const crd of store.list('customresourcedefinitions.apiextensions.k8s.io')) {
    const memory = world.memory(crd.metadata.uid);
    // A new kind is served only after a moment, which is what Helm has to wait for.
    if (memory.since === undefined) world.after(1, () => (memory.served = true));
    memory.since ??= world.clock.now;
    if (memory.served === true) establish(world, crd);
  }
  for (const service of store.list('services')) playService(world, service);
  for (const id of ['poddisruptionbudgets.policy', 'horizontalpodautoscalers.autoscaling']) {
    for (const object of store.list(id))
      world.setStatus(id, object, (status) => (status.observedGeneration = object.metadata.generation));
  }
}

function establish(world: World, crd: Obj): void {
  const { resources } = world.store;
  const row = customResource(crd);
  if (!resources.some(({ id }) => id === row.id)) resources.push(row);
  world.setStatus('customresourcedefinitions.apiextensions.k8s.io', crd, (status) => {
    status.acceptedNames = crd.spec.names;
    status.storedVersions = row.versions;
    setCondition(status, 'NamesAccepted', true, 'NoConflicts', 'no conflicts found');
    setCondition(status, 'Established', true, 'InitialNamesAccepted', 'the initial names have been accepted');
  });
}

/** The pods that stand behind a Service now: ready ones, or all with an address when it publishes those too. */
export function podsBehind(pods: Obj[], service: Obj): Obj[] {
  const selector = Object.entries(service.spec?.selector ?? {});
  if (selector.length === 0) return [];
  return pods.filter(({ metadata, spec: _spec, status }) => {
    if (metadata.namespace !== service.metadata.namespace || metadata.deletionTimestamp !== undefined || !status?.podIP)
      return false;
    if (
      ['Succeeded', 'Failed'].includes(status.phase) ||
      !selector.every(([key, value]) => metadata.labels?.[key] === value)
    )
      return false;
    const ready = (status.conditions ?? []).some(
      (condition: Loose) => condition.type === 'Ready' && condition.status === 'True',
    );
    return ready || service.spec.publishNotReadyAddresses === true;
  });
}

/** The port of a pod that a Service's port leads to; nothing when a name leads nowhere. */
export function targetPort(port: Loose, pod: Obj): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const named = containers
    .flatMap((container: Loose) => container.ports ?? [])
    .find((one: Loose) => one.name === target);
  return named?.containerPort ?? (/^\d+$/.test(target) ? Number(target) : undefined);
}

function playService(world: World, service: Obj): void {
  const { store } = world;
  if (service.spec.type === 'LoadBalancer')
    world.setStatus(
      'services',
      service,
      (status) => (status.loadBalancer ??= { ingress: [{ ip: service.spec.clusterIP }] }),
    );
  if (!service.spec.selector) return;
  const { name, namespace } = service.metadata;
  const behind = podsBehind(store.list('pods', namespace), service);
  const ports = (service.spec.ports ?? []).flatMap((port: Loose) => {
    const number = behind[0] && targetPort(port, behind[0]);
    return number === undefined ? [] : [{ name: port.name ?? '', port: number, protocol: port.protocol ?? 'TCP' }];
  });
  const addresses = behind.map((pod) => ({
    ip: pod.status.podIP,
    nodeName: 'node',
    targetRef: { kind: 'Pod', name: pod.metadata.name, namespace, uid: pod.metadata.uid },
  }));
  const subsets = addresses.length === 0 || ports.length === 0 ? undefined : [{ addresses, ports }];
  const endpoints = store.get('endpoints', namespace, name);
  if (!endpoints) {
    if (subsets) world.make('endpoints', service, { metadata: { name }, subsets });
    else world.make('endpoints', service, { metadata: { name } });
  } else {
    store.change('endpoints', namespace, name, (live) => {
      if (subsets) live.subsets = subsets;
      else delete live.subsets;
    });
  }
  const slice = {
    addressType: 'IPv4',
    ports,
    endpoints: behind.map((pod) => ({
      addresses: [pod.status.podIP],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'node',
    })),
  };
  const sliceId = 'endpointslices.discovery.k8s.io';
  if (!store.get(sliceId, namespace, `${name}-slice`)) {
    world.make(sliceId, service, {
      metadata: { name: `${name}-slice`, labels: { 'kubernetes.io/service-name': name } },
      ...slice,
    });
  } else {
    store.change(sliceId, namespace, `${name}-slice`, (live) => Object.assign(live, slice));
  }
}
