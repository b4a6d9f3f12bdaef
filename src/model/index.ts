export { buildRelease, namesThatMatter, renamed, type Knowledge, type Release } from './release.ts';
export {
  annotation,
  argoHook,
  atoi,
  byHelmOrder,
  deletePolicies,
  hookEvents,
  splitAnnotation,
  type Action,
  type DeletePolicy,
  type Hook,
  type HookEvent,
} from './hook.ts';
export type { Grant } from './grants.ts';
export { kindRank } from './order.ts';
export { delayOf, placeIn, type Container, type Pod, type Probe, type Reference, type ReferenceKind } from './pod.ts';
export { hasPort, parseSelector, selects, type Service } from './service.ts';
export { migrationKey, migrationsOf, podsBefore, type Workload, type WorkloadMigration } from './workload.ts';
export { contents } from './environment.ts';
export { jobName, jobsOfService, workloadsOfService, type PolicyService } from './listed.ts';
export { readNetworkPolicy, type NetworkPolicy, type PolicedPod, type PolicedPort } from './network-policy.ts';
export { wildcard } from './wildcard.ts';
export { int, list, map, str, strings } from './read.ts';
export { tieOf, type Tie, type TieKind } from './tie.ts';
export { groupBy } from '../group-by.ts';
export { lazy, push } from './labels.ts';
