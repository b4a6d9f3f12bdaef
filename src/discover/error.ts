/** An argument that leads to nothing that can be linted; `message` is one line. */
export class DiscoverError extends Error {
  readonly path: string;
  /** There is nothing to lint, rather than something that cannot be. */
  readonly empty: boolean;
  constructor(path: string, message: string, empty = false) {
    super(message);
    this.name = 'DiscoverError';
    this.path = path;
    this.empty = empty;
  }
}
