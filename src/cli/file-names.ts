import { entry } from '../paths.ts';

/** Arguments with the names of files told apart from options. */
export interface Arguments {
  argv: string[];
  /** Names of files that read as one of our options, and were not taken as one. */
  files: string[];
}

/**
 * Keeps names of files from being read as options: pre-commit and globs of a shell hand over whatever the checkout
 * brings, and a file may be called `--helm=evil/templates/helm`. With `--files` an argument that exists as a file is a
 * file; without it, one that is also an option is refused. Throws an `Error` of one line.
 */
export async function withFileNames(argv: readonly string[]): Promise<Arguments> {
  const end = argv.indexOf('--');
  const before = end < 0 ? argv : argv.slice(0, end);
  const after = end < 0 ? [] : argv.slice(end + 1);
  const dashed = before.filter((word) => /^-./.test(word) && entry(word) !== undefined);
  if (dashed.length === 0) return { argv: [...argv], files: [] };
  const { program } = await import('./program.ts');
  const root = program(() => undefined);
  const known = new Set(
    [root, ...root.commands].flatMap(({ options }) => options.flatMap(({ short, long }) => [short, long])),
  );
  const files = dashed.filter((word) => known.has(/^--[^=]*|^-./.exec(word)![0]));
  if (!before.includes('--files')) {
    if (files.length === 0) return { argv: [...argv], files: [] };
    throw new Error(
      `${files[0]} is an option, and a file here has that name: rename it, or write files after --, options before it`,
    );
  }
  return { argv: [...before.filter((word) => !dashed.includes(word)), '--', ...dashed, ...after], files };
}
