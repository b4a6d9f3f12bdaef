import type { LintResult } from '../result.ts';
import { bounded } from './bounded.ts';
import type { StylishOptions } from './stylish.ts';

/** The formats of a report. */
export const formats = ['stylish', 'json', 'sarif', 'github', 'gitlab', 'junit', 'checkstyle', 'markdown'] as const;
export type Format = (typeof formats)[number];

/** Writes a report; each format is loaded when it is asked for. */
export async function report(
  format: Format,
  result: LintResult,
  options: StylishOptions & { version: string },
): Promise<string> {
  return write(format, bounded(result), options);
}

async function write(
  format: Format,
  result: LintResult,
  options: StylishOptions & { version: string },
): Promise<string> {
  switch (format) {
    case 'stylish':
      return (await import('./stylish.ts')).stylish(result, options);
    case 'json':
      return (await import('./json.ts')).json(result);
    case 'sarif':
      return (await import('./sarif.ts')).sarif(result, options.version);
    case 'github':
      return (await import('./github.ts')).github(result);
    case 'gitlab':
      return (await import('./gitlab.ts')).gitlab(result);
    case 'junit':
      return (await import('./xml.ts')).junit(result);
    case 'checkstyle':
      return (await import('./xml.ts')).checkstyle(result);
    case 'markdown':
      return (await import('./markdown.ts')).markdown(result);
  }
}
