import { createHash } from 'node:crypto';
import type { Loose, Obj } from './kinds.ts';
import { setCondition } from './kubelet.ts';
import type { World } from './world.ts';

/** The controllers of Deployments, ReplicaSets, StatefulSets, DaemonSets and ReplicationControllers. */
export function playWorkloads(world: World): void {
  const each = (id: string, play: (world: World, object: Obj) => void) => {
    for (const object of world.store.list(id)) if (object.metadata.deletionTimestamp === undefined) play(world, object);
  };
  each('deployments.apps', playDeployment);
  each('replicasets.apps', playReplicaSet);
  each('replicationcontrollers', playReplicaSet);
  each('statefulsets.apps', playStatefulSet);
  each('daemonsets.apps', playDaemonSet);
}

const isReady = (pod: Obj) =>
  (pod.status?.conditions ?? []).some((condition: Loose) => condition.type === 'Ready' && condition.status === 'True');
const isOver = (pod: Obj) => ['Succeeded', 'Failed'].includes(pod.status?.phase);

/** A short name for a pod template, the same for the same template. */
function hashOf(template: Loose): string {
  return createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
}

function number(status: Loose, values: Record<string, number>): void {
  for (const [field, value] of Object.entries(values)) {
    if (value > 0) status[field] = value;
    else delete status[field];
  }
}

function playDeployment(world: World, deployment: Obj): void {
  const { metadata, spec } = deployment;
  const id = 'replicasets.apps';
  const hash = hashOf(spec.template);
  const name = `${metadata.name}-${hash}`;
  const sets = world.owned(id, deployment);
  let current = sets.find((set) => set.metadata.name === name);
  const labels = { ...spec.template.metadata?.labels, 'pod-template-hash': hash };
  if (!current) {
    const template = { ...spec.template, metadata: { ...spec.template.metadata, labels } };
    const annotations = { ...metadata.annotations, 'deployment.kubernetes.io/revision': String(sets.length + 1) };
    const selector = { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, 'pod-template-hash': hash } };
    current = world.make(id, deployment, {
      metadata: { name, labels, annotations },
      spec: { replicas: spec.replicas, selector, template },
    });
  }
  const old = sets.filter((set) => set.metadata.name !== name);
  const ready = current.status?.readyReplicas ?? 0;
  // Recreate takes the old pods away first; a rolling update keeps them until the new ones are ready.
  const gone = old.every((set) => world.ownedPods(set).length === 0);
  const scaleTo = spec.strategy.type === 'Recreate' && !gone ? 0 : spec.replicas;
  world.store.change(id, metadata.namespace, name, (set) => (set.spec.replicas = scaleTo));
  if (spec.strategy.type === 'Recreate' || ready >= spec.replicas) {
    for (const set of old)
      world.store.change(id, metadata.namespace, set.metadata.name, (live) => (live.spec.replicas = 0));
  }
  const sum = (field: string) => [current, ...old].reduce((total, set) => total + (set?.status?.[field] ?? 0), 0);
  const replicas = sum('replicas');
  world.setStatus('deployments.apps', deployment, (status) => {
    status.observedGeneration = metadata.generation;
    const available = sum('availableReplicas');
    number(status, {
      replicas,
      updatedReplicas: current.status?.replicas ?? 0,
      readyReplicas: sum('readyReplicas'),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, spec.replicas - available),
    });
    const done = ready >= spec.replicas && replicas === spec.replicas;
    setCondition(
      status,
      'Available',
      available >= spec.replicas,
      available >= spec.replicas ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    );
    setCondition(status, 'Progressing', true, done ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated');
  });
}

function playReplicaSet(world: World, set: Obj): void {
  const pods = world.ownedPods(set).filter((pod) => !isOver(pod));
  const { replicas, template } = set.spec;
  for (const pod of pods.slice(replicas)) world.store.delete(world.store.resource('pods'), pod);
  for (let made = pods.length; made < replicas; made += 1) if (!world.createPod(set, template)) break;
  const live = world.ownedPods(set).filter((pod) => !isOver(pod));
  const ready = live.filter(isReady).length;
  const id = set.kind === 'ReplicaSet' ? 'replicasets.apps' : 'replicationcontrollers';
  world.setStatus(id, set, (status) => {
    status.observedGeneration = set.metadata.generation;
    status.replicas = live.length;
    number(status, { fullyLabeledReplicas: live.length, readyReplicas: ready, availableReplicas: ready });
  });
}

function playStatefulSet(world: World, set: Obj): void {
  const { metadata, spec } = set;
  const { store } = world;
  const revision = `${metadata.name}-${hashOf(spec.template)}`;
  const ordered = spec.podManagementPolicy !== 'Parallel';
  const byIndex = new Map(world.ownedPods(set).map((pod) => [pod.metadata.name, pod]));
  for (const pod of byIndex.values()) {
    const index = Number(pod.metadata.name.slice(metadata.name.length + 1));
    if (index >= spec.replicas || isOver(pod)) store.delete(store.resource('pods'), pod);
  }
  let updating = false;
  for (let index = spec.replicas - 1; index >= 0 && spec.updateStrategy.type !== 'OnDelete'; index -= 1) {
    const pod = byIndex.get(`${metadata.name}-${index}`);
    const outdated = pod !== undefined && pod.metadata.labels['controller-revision-hash'] !== revision;
    // One at a time, from the last; a pod that is not ready holds up the rest.
    if (outdated && !updating) store.delete(store.resource('pods'), pod);
    updating ||= outdated || (pod !== undefined && !isReady(pod));
  }
  for (let index = 0; index < spec.replicas; index += 1) {
    const name = `${metadata.name}-${index}`;
    const pod = store.get('pods', metadata.namespace, name);
    if (!pod) {
      const claims = (spec.volumeClaimTemplates ?? []).map((claim: Loose) => ({
        claim,
        name: `${claim.metadata.name}-${name}`,
      }));
      for (const { claim, name: claimName } of claims) {
        if (!store.get('persistentvolumeclaims', metadata.namespace, claimName)) {
          // Claims outlive their StatefulSet, so it does not own them.
          store.create(store.resource('persistentvolumeclaims'), {
            metadata: { name: claimName, namespace: metadata.namespace, labels: spec.selector?.matchLabels },
            spec: claim.spec,
          });
        }
      }
      const volumes = claims.map(({ claim, name: claimName }: Loose) => ({
        name: claim.metadata.name,
        persistentVolumeClaim: { claimName },
      }));
      const own = {
        hostname: name,
        subdomain: spec.serviceName,
        volumes: [...(spec.template.spec.volumes ?? []), ...volumes],
      };
      const labels = {
        'controller-revision-hash': revision,
        'statefulset.kubernetes.io/pod-name': name,
        'apps.kubernetes.io/pod-index': String(index),
      };
      if (!world.createPod(set, spec.template, { name, labels, spec: own })) break;
    }
    const made = store.get('pods', metadata.namespace, name);
    if (ordered && !(made && isReady(made))) break;
  }
  const pods = world.ownedPods(set);
  const updated = pods.filter((pod) => pod.metadata.labels['controller-revision-hash'] === revision);
  const ready = pods.filter(isReady).length;
  world.setStatus('statefulsets.apps', set, (status) => {
    status.observedGeneration = metadata.generation;
    status.replicas = pods.length;
    status.updateRevision = revision;
    status.currentRevision ??= revision;
    if (updated.length === spec.replicas && ready === spec.replicas) status.currentRevision = revision;
    status.collisionCount = 0;
    number(status, {
      readyReplicas: ready,
      availableReplicas: ready,
      updatedReplicas: updated.length,
      currentReplicas: status.currentRevision === revision ? updated.length : pods.length - updated.length,
    });
  });
}

/** One node, so one pod. */
function playDaemonSet(world: World, set: Obj): void {
  const hash = hashOf(set.spec.template);
  const live = () => world.ownedPods(set).filter((pod) => !isOver(pod));
  for (const pod of live())
    if (pod.metadata.labels['controller-revision-hash'] !== hash) world.store.delete(world.store.resource('pods'), pod);
  if (live().length === 0) world.createPod(set, set.spec.template, { labels: { 'controller-revision-hash': hash } });
  const pods = live();
  const ready = pods.filter(isReady).length;
  world.setStatus('daemonsets.apps', set, (status) => {
    Object.assign(status, {
      observedGeneration: set.metadata.generation,
      desiredNumberScheduled: 1,
      currentNumberScheduled: pods.length,
      numberMisscheduled: 0,
      numberReady: ready,
    });
    number(status, { updatedNumberScheduled: pods.length, numberAvailable: ready, numberUnavailable: 1 - ready });
  });
}
