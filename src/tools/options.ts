/** A command's words, told apart. */
export interface Options {
  positional: string[];
  /** The value of the first of these options that is there. */
  get(...names: string[]): string | undefined;
  all(name: string): string[];
  has(...names: string[]): boolean;
}

/** Which options of a command take their value from the next word. */
export interface OptionSpec {
  /** One-letter options with a value: `'hp'`. */
  short?: string;
  /** One-letter options whose value, if any, is in the same word: `-pSECRET`. */
  attached?: string;
  /** Long options with a value, without dashes. */
  long?: readonly string[];
  /** Long options with one dash, as Go's flag package reads them. */
  go?: boolean;
  /** `-n=x` gives `-n` the value `x`, as Go's pflag reads it (kubectl, Helm). */
  pflag?: boolean;
}

/** Reads `-h x`, `-hx`, `-zvw2`, `--host x`, `--host=x`; words behind `--` are not the command's own. */
export function readOptions(argv: readonly string[], spec: OptionSpec): Options {
  const values = new Map<string, string[]>();
  const positional: string[] = [];
  const put = (name: string, value: string): void => {
    const list = values.get(name);
    if (list) list.push(value);
    else values.set(name, [value]);
  };
  for (let i = 1; i < argv.length && i < 500; i++) {
    const word = argv[i] ?? '';
    if (word === '--') break;
    if (word.startsWith('--') || (spec.go && word.startsWith('-') && word.length > 1)) {
      const at = word.indexOf('=');
      const name = word.slice(word.startsWith('--') ? 2 : 1, at < 0 ? undefined : at);
      if (at > 0) put(name, word.slice(at + 1));
      else put(name, spec.long?.includes(name) ? (argv[++i] ?? '') : '');
    } else if (word.startsWith('-') && word.length > 1) {
      for (let k = 1; k < word.length; k++) {
        const letter = word.charAt(k);
        if (spec.pflag && word.charAt(k + 1) === '=') {
          put(letter, word.slice(k + 2));
          break;
        }
        if (spec.attached?.includes(letter)) {
          put(letter, word.slice(k + 1));
          break;
        }
        if (spec.short?.includes(letter)) {
          put(letter, k + 1 < word.length ? word.slice(k + 1) : (argv[++i] ?? ''));
          break;
        }
        put(letter, '');
      }
    } else positional.push(word);
  }
  return {
    positional,
    get: (...names) => names.map((name) => values.get(name)?.[0]).find((value) => value !== undefined),
    all: (name) => values.get(name) ?? [],
    has: (...names) => names.some((name) => values.has(name)),
  };
}
