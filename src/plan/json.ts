import { safeJson } from '../report/safe.ts';
import type { Plan, PlanRelease } from './plan.ts';

/** Plans for programs; the shape is fixed by `schema/plan.schema.json`. */
export function json(
  plans: readonly Plan[],
  { errors, releases }: { errors: readonly { path: string; message: string }[]; releases?: readonly PlanRelease[] },
): string {
  const told = errors.map(({ path, message }) => ({ path, message }));
  return safeJson({ version: 1, ...(releases && { releases }), plans, ...(told.length > 0 && { errors: told }) });
}
