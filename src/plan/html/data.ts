import type { Plan } from '../plan.ts';

/** What a page is drawn from. */
export interface PageData {
  plans: readonly Plan[];
  /** Lines of templates, by file: number, text. Each line that the plans name, with its neighbours. */
  lines: Readonly<Record<string, readonly (readonly [number: number, text: string])[]>>;
  /** What could not be planned, a line each. */
  errors: readonly string[];
}
