import type { PlaygroundOptions, PlaygroundResult } from '../../src/playground.ts';

/** What linting is called with. */
export interface Asked {
  id: number;
  text: string;
  options: PlaygroundOptions;
}

/** What comes back. */
export interface Answered {
  id: number;
  result: PlaygroundResult;
  /** Milliseconds that it took. */
  took: number;
}

/** The name under which findings and the picture show what is in the editor. */
export const path = 'rendered.yaml';
