import type { Plan, PlanRelease } from './plan.ts';

/** The formats of a plan. */
export const planFormats = ['text', 'json', 'mermaid', 'dot', 'html'] as const;
export type PlanFormat = (typeof planFormats)[number];

/** What a plan is drawn with. */
export interface DrawOptions {
  /** Colours of a terminal; of the text only. */
  color: boolean;
  /** Everything is listed. */
  all: boolean;
  /** What could not be planned. */
  errors: readonly { path: string; message: string }[];
  /** What is deployed, where Git says that. */
  releases?: readonly PlanRelease[];
  /** The folder that paths are relative to. */
  cwd: string;
}

/** Plans in a format; each is loaded when it is asked for. */
export async function draw(format: PlanFormat, plans: readonly Plan[], options: DrawOptions): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('./text.ts')).text(plans, options);
    case 'json':
      return (await import('./json.ts')).json(plans, options);
    case 'mermaid':
      return (await import('./mermaid.ts')).mermaid(plans, options);
    case 'dot':
      return (await import('./dot.ts')).dot(plans, options);
    case 'html':
      return (await import('./html/index.ts')).html(plans, options);
  }
}
