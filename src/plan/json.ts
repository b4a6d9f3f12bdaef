import { safeJson } from '../report/safe.ts';
import type { DrawOptions } from './format.ts';
import type { Plan } from './plan.ts';

/** Plans for programs; the shape is fixed by `schema/plan.schema.json`. */
export function json(plans: readonly Plan[], { errors, releases }: Pick<DrawOptions, 'errors' | 'releases'>): string {
  const told = errors.map(({ path, message }) => ({ path, message }));
  return safeJson({ version: 1, ...(releases && { releases }), plans, ...(told.length > 0 && { errors: told }) });
}
