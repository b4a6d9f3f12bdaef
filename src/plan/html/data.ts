import type { Plan, PlanRelease } from '../plan.ts';

/** What a page is drawn from. */
export interface PageData {
  plans: readonly Plan[];
  /** What is deployed, where Git says that. */
  releases?: readonly PlanRelease[];
  /** Lines of templates, by file: number, text. Each line that the plans name, with its neighbours. */
  lines: Readonly<Record<string, readonly (readonly [number: number, text: string])[]>>;
  /** What could not be planned, a line each. */
  errors: readonly string[];
}
