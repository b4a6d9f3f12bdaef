import type { FileLine } from '../place/location.ts';

/** A deployment that cannot be judged; `message` is the reason, part of a sentence without credentials. */
export class LeftOutError extends Error {
  /** Where the reason is written, where that is not the deployment as a whole. */
  readonly at: FileLine | undefined;

  constructor(message: string, at?: FileLine) {
    super(message);
    this.name = 'LeftOutError';
    this.at = at;
  }
}
