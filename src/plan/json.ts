import { safeJson } from '../report/safe.ts';
import type { Plan } from './plan.ts';

/** Plans for programs; the shape is fixed by `schema/plan.schema.json`. */
export function json(plans: readonly Plan[], errors: readonly { path: string; message: string }[]): string {
  const told = errors.map(({ path, message }) => ({ path, message }));
  return safeJson({ version: 1, plans, ...(told.length > 0 && { errors: told }) });
}
