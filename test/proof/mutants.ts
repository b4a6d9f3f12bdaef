// What `npm run proof:mutations` changes: facts about Helm in the simulation, in rules, and in the proof's own server.

/** One fact that is changed in a copy of this tree. */
export interface Mutation {
  /** What the linter then believes, or the server of the proof does. */
  name: string;
  file: string;
  from: string;
  to: string;
  /** Fixtures that are played. */
  fixtures: string[];
}

const hook = 'src/model/hook.ts';
const plan = 'src/simulate/plan.ts';
const need = 'src/simulate/need.ts';
const target = 'src/simulate/target.ts';
const simulation = 'src/simulate/index.ts';

const ofSimulation: Mutation[] = [
  {
    name: 'hooks run from the highest weight to the lowest',
    file: hook,
    from: 'a.weight - b.weight',
    to: 'b.weight - a.weight',
    fixtures: ['hook-order/good', 'hook-weight/good'],
  },
  {
    name: 'hooks of one weight run in reverse order of names',
    file: hook,
    from: 'compare(nameOf(a.resource.top), nameOf(b.resource.top))',
    to: 'compare(nameOf(b.resource.top), nameOf(a.resource.top))',
    fixtures: ['hook-order/bad-equal-weight', 'hook-order/good-equal-weight'],
  },
  {
    name: 'hooks of one name run in reverse order of kinds',
    file: hook,
    from: 'kindRank(a.resource.top.kind) - kindRank(b.resource.top.kind)',
    to: 'kindRank(b.resource.top.kind) - kindRank(a.resource.top.kind)',
    fixtures: ['hook-order/good-one-name'],
  },
  {
    name: 'a weight that is no number is taken for its leading digits',
    file: hook,
    from: 'if (!/^[+-]?\\d+$/.test(text)) return undefined;',
    to: 'if (!/^[+-]?\\d+$/.test(text)) return Number.parseInt(text, 10) || 0;',
    fixtures: ['hook-weight/bad-order'],
  },
  {
    name: 'pre-install hooks run after the resources',
    file: plan,
    from: "...hookSteps(release, pre, 'pre'),\n    resources,",
    to: "resources,\n    ...hookSteps(release, pre, 'pre'),",
    fixtures: ['hook-deadlock/bad', 'hook-reference/bad'],
  },
  {
    name: 'post-install hooks run before the resources',
    file: plan,
    from: "resources,\n    ...hookSteps(release, post, 'post'),",
    to: "...hookSteps(release, post, 'post'),\n    resources,",
    fixtures: ['hook-deadlock/good-post-install'],
  },
  {
    name: 'Helm does not wait for hook Jobs',
    file: plan,
    from: "await: hook.resource.kind === 'Job' || hook.resource.kind === 'Pod' ? [hook.resource] : [],",
    to: 'await: [],',
    fixtures: ['hook-deadlock/bad', 'hook-reference/bad'],
  },
  {
    name: '--wait does not wait',
    file: plan,
    from: 'await: wait ? waited : []',
    to: 'await: []',
    fixtures: ['wait-deadlock/bad'],
  },
  {
    name: 'hook-succeeded deletes nothing',
    file: plan,
    from: 'remove: index === hooks.length - 1 ?',
    to: 'remove: index < 0 ?',
    fixtures: ['hook-reference/bad-hook-succeeded'],
  },
  {
    name: 'upgrades run the hooks of installs',
    file: plan,
    from: "upgrade: { pre: 'pre-upgrade', post: 'post-upgrade' }",
    to: "upgrade: { pre: 'pre-install', post: 'post-install' }",
    fixtures: ['hook-event', 'hook-deadlock/good-post-install', 'atlas'],
  },
  {
    name: 'references to ConfigMaps are forgotten',
    file: need,
    from: 'reference.container !== container ||',
    to: "reference.kind === 'ConfigMap' || reference.container !== container ||",
    fixtures: ['hook-reference'],
  },
  {
    name: 'references to Secrets are forgotten',
    file: need,
    from: 'reference.container !== container ||',
    to: "reference.kind === 'Secret' || reference.container !== container ||",
    fixtures: ['hook-reference'],
  },
  {
    name: 'ServiceAccounts are forgotten',
    file: need,
    from: 'reference.container !== container ||',
    to: "reference.kind === 'ServiceAccount' || reference.container !== container ||",
    fixtures: ['hook-reference/bad-service-account'],
  },
  {
    name: 'optional references are needed',
    file: need,
    from: ' || reference.optional ||',
    to: ' ||',
    fixtures: ['hook-reference/good-optional'],
  },
  {
    name: 'init containers are forgotten',
    file: need,
    from: 'for (const container of pod.containers) {',
    to: "for (const container of pod.containers.filter(({ role }) => role !== 'init')) {",
    fixtures: ['hook-deadlock/bad'],
  },
  {
    name: 'a Service that exists answers, whatever stands behind it',
    file: target,
    from: 'if (workloads.length === 0) return nothing;',
    to: 'return nothing;',
    fixtures: ['wait-deadlock', 'hook-deadlock/bad-chain'],
  },
  {
    name: 'a Service answers on every port',
    file: target,
    from: 'if (port && !hasPort(service, port))',
    to: 'if (port && service.ports.length === 99)',
    fixtures: ['hook-deadlock/bad-port'],
  },
  {
    name: 'Services that the release makes later are there',
    file: target,
    from: 'if (services.length === 0 || depth > 4) return nothing;',
    to: 'if (depth >= 0) return nothing;',
    fixtures: ['hook-deadlock/bad'],
  },
  {
    name: 'an upgrade finds nothing of the install',
    file: simulation,
    from: 'resources: [...left.map(({ resource }) => resource), ...releases.flatMap(({ ordinary }) => ordinary)],',
    to: 'resources: [],',
    fixtures: ['hook-reference/good-post-install'],
  },
  {
    name: 'an upgrade finds what only upgrades make',
    file: simulation,
    from: 'standing([release, ...others], /^(?:pre|post)-install$/)',
    to: 'standing([release, ...others], /./)',
    fixtures: ['hook-reference/bad-upgrade-only'],
  },
];

/** What a rule then says of Jobs. */
const ofRules: Mutation[] = [
  {
    name: 'job-schema says nothing',
    file: 'rules/job-schema.ts',
    from: 'yield* schemaReports(resource, context)',
    to: 'yield* schemaReports(resource, context) && []',
    fixtures: ['job-schema/bad-types'],
  },
  {
    name: 'restart-policy takes Always for right',
    file: 'rules/restart-policy.ts',
    from: "if (policy === undefined || policy === 'Always' || refused) {",
    to: 'if (policy === undefined || refused) {',
    fixtures: ['restart-policy/bad-pod-always'],
  },
  {
    name: 'single-run only warns of a suspended hook',
    file: 'rules/single-run.ts',
    from: "severity: hook ? 'error' : 'warning',",
    to: "severity: 'warning',",
    fixtures: ['single-run/bad-suspended'],
  },
  {
    name: 'sidecar-completion does not see a sidecar that goes on',
    file: 'rules/sidecar-completion.ts',
    from: 'return { what: line, certain: true };',
    to: 'return undefined;',
    fixtures: ['sidecar-completion/bad'],
  },
  {
    name: 'missing-key finds every key',
    file: 'rules/missing-key.ts',
    from: 'return !optional && found.length > 0 && !found.some((one) => has(one, key));',
    to: 'return false;',
    fixtures: ['missing-key/bad-item'],
  },
  {
    name: 'job-deadline does not count sleeps',
    file: 'rules/job-deadline.ts',
    from: 'if (total >= deadline)',
    to: 'if (total < 0)',
    fixtures: ['job-deadline/bad-sleep'],
  },
];

/** What the server of the proof then does. */
const ofServer: Mutation[] = [
  {
    name: 'server: Jobs have no deadline',
    file: 'test/proof/jobs.ts',
    from: 'if (spec.activeDeadlineSeconds !== undefined)',
    to: 'if (spec.activeDeadlineSeconds === null)',
    fixtures: ['job-deadline/bad-sleep'],
  },
  {
    name: 'server: suspended Jobs run',
    file: 'test/proof/jobs.ts',
    from: 'if (spec.suspend === true) {',
    to: 'if (spec.suspend === null) {',
    fixtures: ['single-run/bad-suspended'],
  },
  {
    name: 'server: pods start without their ConfigMaps and Secrets',
    file: 'test/proof/references.ts',
    from: 'if (!found) return { object: true };',
    to: 'if (!found) return undefined;',
    fixtures: ['hook-reference/bad-env-from', 'hook-reference/bad-volumes'],
  },
  {
    name: 'server: pods start without a key that they name',
    file: 'test/proof/references.ts',
    from: 'return key === undefined ? undefined : { object: false, key };',
    to: 'return undefined;',
    fixtures: ['missing-key/bad-item'],
  },
  {
    name: 'server: optional references are needed',
    file: 'test/proof/references.ts',
    from: 'if (!from || from.optional === true) continue;',
    to: 'if (!from) continue;',
    fixtures: ['hook-reference/good-optional'],
  },
  {
    name: 'server: init containers do not run',
    file: 'test/proof/kubelet.ts',
    from: 'for (const container of spec.initContainers ?? []) {',
    to: 'for (const container of [] as Loose[]) {',
    fixtures: ['hook-deadlock/bad-chain'],
  },
  {
    name: 'server: a Service answers for pods that are not ready',
    file: 'test/proof/network.ts',
    from: 'return ready || service.spec.publishNotReadyAddresses === true;',
    to: 'return ready !== undefined;',
    fixtures: ['hook-deadlock/bad-chain'],
  },
  {
    name: 'server: kubectl create makes nothing',
    file: 'test/proof/kubectl.ts',
    from: 'if (isWrite(verb, rest))',
    to: 'if (verb === "" && isWrite(verb, rest))',
    fixtures: ['hook-reference/good-role-binding'],
  },
  {
    name: 'server: a LimitRange has no defaults',
    file: 'test/proof/quota.ts',
    from: "(range?.limits ?? []).filter(({ type }: Loose) => type === 'Container')",
    to: "(range?.limits ?? []).filter(({ type }: Loose) => type === '')",
    fixtures: ['hook-quota/good-limit-range'],
  },
  {
    name: 'server: a Service listens for a container that does not run yet',
    file: 'test/proof/pod-network.ts',
    from: '.filter(({ name }: Loose) => running.includes(name))',
    to: '.filter(({ name }: Loose) => running.length >= 0 && name !== undefined)',
    fixtures: ['local-wait/bad'],
  },
  {
    name: 'server: containers have the host name of the machine',
    file: 'test/proof/sandbox-root.ts',
    from: 'busybox hostname "$(busybox cat "$J/hostname")"',
    to: '',
    fixtures: ['never-ready/good-first-peer'],
  },
];
/** All of them, each with its text in its file exactly once. */
export const mutations: readonly Mutation[] = [...ofSimulation, ...ofRules, ...ofServer];

/**
 * Where a text stands in a source that is formatted in whatever way; `undefined` where it does not stand there exactly
 * once.
 */
export function placeOf(source: string, wanted: string): [start: number, end: number] | undefined {
  const at = source.split('').flatMap((char, index) => (/\s/.test(char) ? [] : [index]));
  const folded = source.replace(/\s/g, '');
  const text = wanted.replace(/\s/g, '');
  const first = folded.indexOf(text);
  if (first === -1 || folded.includes(text, first + 1)) return undefined;
  return [at[first]!, at[first + text.length - 1]! + 1];
}
