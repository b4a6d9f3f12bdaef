/** Something that git does not have or may not be asked; `message` is one line. */
export class GitError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GitError';
  }
}
