import { backoffLimit } from './backoff-limit.ts';
import { dependencyCycle } from './dependency-cycle.ts';
import { hookConversion } from './hook-conversion.ts';
import { hookDeadlock } from './hook-deadlock.ts';
import { hookDeletePolicy } from './hook-delete-policy.ts';
import { hookOrder } from './hook-order.ts';
import { hookReference } from './hook-reference.ts';
import { oneHookJob } from './one-hook-job.ts';
import { waitDeadlock } from './wait-deadlock.ts';
import type { Rule } from '../src/rule.ts';

/** Every rule, by id. */
export const rules: readonly Rule[] = [
  backoffLimit,
  dependencyCycle,
  hookConversion,
  hookDeadlock,
  hookDeletePolicy,
  hookOrder,
  hookReference,
  oneHookJob,
  waitDeadlock,
];
