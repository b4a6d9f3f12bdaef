import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '../helm/index.ts';
import type { Repository } from './repository.ts';
import { runGit, type Environment } from './run.ts';

/** A git folder of our own that shows a repository's objects, refs and index, and none of its config. */
export interface View {
  gitDir: string;
  /** Objects are missing by intent: cloned with `--filter`. */
  partial: boolean;
  /** History is cut off. */
  shallow: boolean;
  remove(): void;
}

/** Settings that say how objects, refs and the work tree are to be read, and can start nothing. */
const readable =
  /^(?:core\.(?:filemode|ignorecase|symlinks|precomposeunicode|autocrlf|eol|safecrlf|bigfilethreshold|sparsecheckout|sparsecheckoutcone|splitindex)|index\.(?:version|sparse)|extensions\.(?:objectformat|refstorage)|branch\..*\.(?:remote|merge)|remote\..*\.fetch)$/;

/**
 * Makes such a folder. Git's config can name programs in many places (`core.fsmonitor`, `filter.*`, `diff.*.textconv`,
 * a promisor remote's `uploadpack`, `include.path` …), and new ones come with new versions of git; here only what is
 * {@link readable} is taken over. Hooks, grafts, attributes and alternate work trees of the repository are not in it
 * either.
 */
export async function viewOf(repository: Repository, env: Environment): Promise<View> {
  const { gitDir, commonDir } = repository;
  const { path, remove } = temporaryFolder();
  try {
    const view = join(path, 'git');
    mkdirSync(view);
    for (const name of ['objects', 'refs', 'reftable', 'logs'])
      if (existsSync(join(commonDir, name)))
        symlinkSync(realpathSync(join(commonDir, name)), join(view, name), 'junction');
    // A link named HEAD would be read as a symbolic ref.
    for (const name of readdirSync(gitDir))
      if (/^[A-Z_]*HEAD$/.test(name) && statSync(join(gitDir, name)).isFile())
        copyFileSync(join(gitDir, name), join(view, name));
    if (existsSync(join(commonDir, 'shallow'))) copyFileSync(join(commonDir, 'shallow'), join(view, 'shallow'));
    show(join(commonDir, 'packed-refs'), join(view, 'packed-refs'));
    for (const name of readdirSync(gitDir))
      if (/^(?:index|sharedindex\.[0-9a-f]+)$/.test(name)) show(join(gitDir, name), join(view, name));
    const exclude = join(commonDir, 'info', 'exclude');
    if (existsSync(exclude)) {
      mkdirSync(join(view, 'info'));
      copyFileSync(exclude, join(view, 'info', 'exclude'));
    }
    writeFileSync(join(view, 'config'), configText([]));
    const config = join(commonDir, 'config');
    const entries = existsSync(config)
      ? (
          await runGit(
            ['config', `--file=${config}`, '--no-includes', '--null', '--list'],
            { gitDir: view, root: path, checkout: repository.checkout },
            env,
          )
        )
          .toString()
          .split('\0')
          .map((entry) => entry.split(/\n([\s\S]*)/, 2) as [string, string | undefined])
      : [];
    writeFileSync(join(view, 'config'), configText(entries));
    return {
      gitDir: view,
      partial: entries.some(([key]) => /^(?:extensions\.partialclone|remote\..*\.promisor)$/.test(key)),
      shallow: existsSync(join(view, 'shallow')),
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Shows a file without copying it where links can be made by anybody. */
function show(file: string, at: string): void {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return;
  if (platform() === 'win32') copyFileSync(file, at);
  else symlinkSync(realpathSync(file), at);
}

function configText(entries: readonly [string, string | undefined][]): string {
  const kept = entries.filter(([key]) => readable.test(key));
  const extended = kept.some(([key]) => key.startsWith('extensions.'));
  const lines = [`[core]\n\trepositoryformatversion = ${extended ? 1 : 0}\n\tbare = false`];
  for (const [key, value] of kept) {
    const [, section = '', name, last = ''] = /^([^.]+)(?:\.([\s\S]*))?\.([^.]+)$/.exec(key) ?? [];
    const head = name === undefined ? `[${section}]` : `[${section} ${quoted(name)}]`;
    lines.push(`${head}\n\t${last}${value === undefined ? '' : ` = ${quoted(value)}`}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A text that git reads back as it is; a line break ends a subsection's name, so such a name loses it. */
function quoted(text: string): string {
  return `"${text.replaceAll('\n', ' ').replace(/["\\]/g, '\\$&')}"`;
}
