import { GitError } from './error.ts';
import { isObjectId } from './object-id.ts';
import type { Repository } from './repository.ts';
import { runGit, type Environment, type GitCall } from './run.ts';
import { viewOf, type View } from './view.ts';

/** A repository that is open for questions; nothing of its config, hooks, attributes or filters is obeyed. */
export class Git {
  readonly repository: Repository;
  private readonly view: View;
  private readonly env: Environment;

  private constructor(repository: Repository, view: View, env: Environment) {
    this.repository = repository;
    this.view = view;
    this.env = env;
  }

  static async open(repository: Repository, env: Environment): Promise<Git> {
    return new Git(repository, await viewOf(repository, env), env);
  }

  close(): void {
    this.view.remove();
  }

  get root(): string {
    return this.repository.root;
  }

  /** Runs one command of git. Throws {@link GitError}. */
  async run(args: readonly string[], call?: GitCall): Promise<Buffer> {
    return runGit(args, { ...this.repository, gitDir: this.view.gitDir }, this.env, call);
  }

  /** Why a commit or its files may not be here, for the end of a message. */
  get hint(): string {
    if (this.view.shallow)
      return '; the clone is shallow: fetch more of it (actions/checkout: fetch-depth: 0; GitLab: GIT_DEPTH: 0)';
    return this.view.partial ? '; the clone is partial (--filter), and nothing is fetched here' : '';
  }

  /**
   * The object id of the commit that a ref names; `undefined` where there is none. Throws {@link GitError} for a ref
   * that is no ref, or means two commits.
   */
  async commit(ref: string): Promise<string | undefined> {
    if (ref === '' || ref.startsWith('-') || ref.length > 1000 || /[\0\n\r]/.test(ref))
      throw new GitError(`${JSON.stringify(ref.slice(0, 100))} is no git ref`);
    const found = await this.line(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
    if (found !== undefined) await this.mustBeClear(ref);
    return found;
  }

  /** The newest commit that two have in common. */
  async mergeBase(a: string, b: string): Promise<string | undefined> {
    return this.line(['merge-base', a, b]);
  }

  /**
   * A branch `origin/main`, which a workflow that checks out a stranger's branch by its name may have made, is taken by
   * git before the remote's branch of that name, and an abbreviated object id after a branch that is called so.
   */
  private async mustBeClear(ref: string): Promise<void> {
    const name = /^[^~^:@]+/.exec(ref)?.[0];
    if (name === undefined || /^[A-Z_]*HEAD$/.test(name) || isObjectId(name)) return;
    const places = [name, ...['refs', 'refs/tags', 'refs/heads', 'refs/remotes'].map((place) => `${place}/${name}`)];
    const refs = (await this.run(['for-each-ref', '--format=%(objectname) %(*objectname) %(refname)', '--', ...places]))
      .toString()
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, , full]) => full !== undefined && places.includes(full));
    const commits = new Set(refs.map(([own, peeled]) => peeled || own));
    if (commits.size > 1)
      throw new GitError(
        `${JSON.stringify(ref)} is ambiguous: ${refs.map(([, , full]) => full).join(', ')}; write the full name`,
      );
    if (commits.size === 1 && /^[0-9a-f]{4,63}$/.test(name)) {
      const objects = (await this.run(['rev-parse', `--disambiguate=${name}`])).toString().split('\n').filter(Boolean);
      if (objects.some((object) => !commits.has(object)))
        throw new GitError(`${JSON.stringify(ref)} is ambiguous: a ref and an object id; write the full name`);
    }
  }

  private async line(args: readonly string[]): Promise<string | undefined> {
    try {
      return (await this.run(args)).toString().trim().split('\n')[0] || undefined;
    } catch (error) {
      if (error instanceof GitError && /^git (?:rev-parse|merge-base): failed$/.test(error.message)) return undefined;
      throw error;
    }
  }
}
