import { apiRefused } from './api-refused.ts';
import { backoffLimit } from './backoff-limit.ts';
import { boundedWait } from './bounded-wait.ts';
import { concurrentMigrations } from './concurrent-migrations.ts';
import { crdOrder } from './crd-order.ts';
import { createAgain } from './create-again.ts';
import { dependencyCycle } from './dependency-cycle.ts';
import { doubledDollar } from './doubled-dollar.ts';
import { duplicateVariable } from './duplicate-variable.ts';
import { earlyWait } from './early-wait.ts';
import { hookClaim } from './hook-claim.ts';
import { hookConversion } from './hook-conversion.ts';
import { hookDeadlock } from './hook-deadlock.ts';
import { hookDeletePolicy } from './hook-delete-policy.ts';
import { hookEvent } from './hook-event.ts';
import { hookOrder } from './hook-order.ts';
import { hookQuota } from './hook-quota.ts';
import { hookReference } from './hook-reference.ts';
import { hookSharedResource } from './hook-shared-resource.ts';
import { hookWeight } from './hook-weight.ts';
import { imageDrift } from './image-drift.ts';
import { immutableField } from './immutable-field.ts';
import { immutableJob } from './immutable-job.ts';
import { jobDeadline } from './job-deadline.ts';
import { jobName } from './job-name.ts';
import { jobSchema } from './job-schema.ts';
import { largeNumber } from './large-number.ts';
import { localWait } from './local-wait.ts';
import { lostExitCode } from './lost-exit-code.ts';
import { missingJob } from './missing-job.ts';
import { missingKey } from './missing-key.ts';
import { networkPolicy } from './network-policy.ts';
import { neverReady } from './never-ready.ts';
import { notJudged } from './not-judged.ts';
import { oneHookJob } from './one-hook-job.ts';
import { plaintextCredential } from './plaintext-credential.ts';
import { releaseNamespace } from './release-namespace.ts';
import { replicasConflict } from './replicas-conflict.ts';
import { resourceSchema } from './resource-schema.ts';
import { restartPolicy } from './restart-policy.ts';
import { rollingUpdate } from './rolling-update.ts';
import { serviceLink } from './service-link.ts';
import { sidecarCompletion } from './sidecar-completion.ts';
import { singleRun } from './single-run.ts';
import { staleDependency } from './stale-dependency.ts';
import { staleReference } from './stale-reference.ts';
import { ttlAfterFinished } from './ttl-after-finished.ts';
import { unboundClaim } from './unbound-claim.ts';
import { waitDeadlock } from './wait-deadlock.ts';
import { waitPermission } from './wait-permission.ts';
import { workloadHook } from './workload-hook.ts';
import type { Rule } from '../src/rule.ts';

/** Every rule, by id. */
export const rules: readonly Rule[] = [
  apiRefused,
  backoffLimit,
  boundedWait,
  concurrentMigrations,
  crdOrder,
  createAgain,
  dependencyCycle,
  doubledDollar,
  duplicateVariable,
  earlyWait,
  hookClaim,
  hookConversion,
  hookDeadlock,
  hookDeletePolicy,
  hookEvent,
  hookOrder,
  hookQuota,
  hookReference,
  hookSharedResource,
  hookWeight,
  imageDrift,
  immutableField,
  immutableJob,
  jobDeadline,
  jobName,
  jobSchema,
  largeNumber,
  localWait,
  lostExitCode,
  missingJob,
  missingKey,
  networkPolicy,
  neverReady,
  notJudged,
  oneHookJob,
  plaintextCredential,
  releaseNamespace,
  replicasConflict,
  resourceSchema,
  restartPolicy,
  rollingUpdate,
  serviceLink,
  sidecarCompletion,
  singleRun,
  staleDependency,
  staleReference,
  ttlAfterFinished,
  unboundClaim,
  waitDeadlock,
  waitPermission,
  workloadHook,
];
