import { stylish } from '../src/report/stylish.ts';
import type { LintResult } from '../src/result.ts';

/** Without the parts of names that differ at each render. */
export const cut = (text: string): string => text.replace(/\b(shop-migrate)-(?:\d{14}|[a-z]{6})\b/g, '$1-…');

/** The report for people as a pipe gets it, and the exit code. */
export function terminal(result: LintResult): string {
  const drawn = {
    color: false,
    width: 100,
    hyperlinks: false,
    showRendered: false,
    brief: true,
    relative: true,
    cwd: process.cwd(),
  };
  return `${cut(stylish(result, drawn))}exit code ${result.summary.errors > 0 ? 1 : 0}\n`;
}
