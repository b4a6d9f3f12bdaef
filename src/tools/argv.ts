import type { Command } from '../shell/index.ts';

/** The last part of a path: `/usr/bin/nc` is `nc`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** An image's repository without registry path, tag and digest: `ghcr.io/a/k8s-wait-for:v2` is `k8s-wait-for`. */
export function imageName(image: string): string {
  return baseName(image.split('@')[0] ?? '').split(':')[0] ?? '';
}

/** A command line for messages. */
export function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 117)}...` : line;
}

/** Hides what a command line says of passwords: behind such options, in URLs, in `-pSECRET`. */
export function masked(line: string): string {
  return line
    .replace(/(:\/\/[^\s:/@]{0,100}:)[^\s@]{1,200}@/g, '$1***@')
    .replace(
      /((?:^|\s)(?:--?[\w-]{0,40}(?:password|passwd|passphrase|secret|token|api-?key)|--pass|--user|-u)[= ])(?!\$)(\S+)/gi,
      (all, head: string, value: string) => {
        const colon = value.slice(0, -1).indexOf(':');
        return /--user|-u/i.test(head) && colon < 0 ? all : `${head}${value.slice(0, colon + 1)}***`;
      },
    )
    .replace(/(^(?:\S*\/)?(?:mysql|mariadb|mysqladmin|mariadb-admin)\s.*\s-p)(?!\$|\s)\S+/, '$1***')
    .replace(/(^(?:\S*\/)?(?:redis-cli|valkey-cli)\s.*-a\s?)(?!\$)\S+/, '$1***');
}

/** Environment variables whose value must not reach a message. */
export const secretNames = /PASS|SECRET|TOKEN|API_?KEY|CREDENTIAL|PRIVATE|_PWD$|_KEY$/i;

/** The command line of a command, as far as it was expanded. */
export function lineOf(command: Command): string {
  const redirects = command.redirects
    .filter(({ target }) => target.startsWith('/dev/tcp/'))
    .map(({ op, target }) => `${op}${target}`);
  return shorten(masked([...command.argv, ...redirects].join(' ').slice(0, 1000)));
}

/** Runners that put secrets into the environment; what they take comes before `--`. */
const injectors = /^(doppler|chamber|aws-vault|infisical|op|dotenv|dotenvx|envconsul|berglas)$/;

/** Runners that only start what follows, and their options with a value. */
const runners: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^(poetry|pipenv|uv|rye|hatch|pdm) run$/,
    [
      '--project',
      '--with',
      '--directory',
      '--extra',
      '--group',
      '--package',
      '--python',
      '-p',
      '--env-file',
      '--from',
      '-C',
    ],
  ],
  [/^bundle exec$/, ['--gemfile']],
  [/^(npx|bunx|tsx|ts-node|uvx)$/, ['-p', '--package', '-c']],
  [/^(pnpm|yarn|npm|bun) (exec|dlx|x)$/, ['-p', '--package']],
  [/^(node|php|ruby|perl|bun)$/, ['-r', '--require', '-d', '--import', '--loader']],
  [/^(dotenv|dotenvx|op|vault-env|ssm-env|envconsul|with-contenv)( run| exec)?$/, []],
  [/^(doppler|infisical|chamber|aws-vault|berglas) (run|exec)$/, []],
];

/** The index of the command that a runner, a waiting tool or an entry point starts. */
export function startsAt(argv: readonly string[]): number | undefined {
  const name = baseName(argv[0] ?? '');
  if (/^(wait|dockerize$|await)/.test(name)) return waited(argv, name);
  if (/entrypoint(\.sh)?$/.test(name) && name !== 'kubernetes-entrypoint') {
    const at = argv[1] === '--' ? 2 : 1;
    return argv[at] !== undefined && !argv[at].startsWith('-') ? at : undefined;
  }
  if (/^python[\d.]*$/.test(name)) return python(argv);
  if (/^(?:ba|da|a|z|k)?sh$/.test(name)) return waitingScript(argv);
  if (name === 'chroot') return newRoot(argv);
  // Program text is no command.
  if (/^(node|php|ruby|perl|bun)$/.test(name) && /^-[ecrp]+$|^--eval$/.test(argv[1] ?? '')) return undefined;
  for (const [pattern, valued] of runners) {
    for (const words of [2, 1]) {
      const head = [name, ...argv.slice(1, words)].join(' ');
      if (argv.length <= words || !pattern.test(head)) continue;
      // `chamber exec SERVICE -- COMMAND`
      const dashes = injectors.test(name) ? argv.indexOf('--') : -1;
      return dashes > 0 && dashes + 1 < argv.length ? dashes + 1 : afterOptions(argv, words, valued);
    }
  }
  return undefined;
}

function waited(argv: readonly string[], name: string): number | undefined {
  const dashes = argv.indexOf('--');
  if (dashes > 0) return dashes + 1;
  return name === 'dockerize'
    ? afterOptions(argv, 1, [
        '-wait',
        '-timeout',
        '-wait-retry-interval',
        '-template',
        '-stdout',
        '-stderr',
        '-wait-http-header',
        '-delims',
        '-env',
      ])
    : undefined;
}

/** The index behind `chroot [OPTION]… NEWROOT`. */
function newRoot(argv: readonly string[]): number | undefined {
  const at = afterOptions(argv, 1, []);
  return at !== undefined && at + 1 < argv.length ? at + 1 : undefined;
}

/** `bash /wait-for-it.sh db:5432`: a script that is not known but for its name. */
function waitingScript(argv: readonly string[]): number | undefined {
  const at = afterOptions(argv, 1, ['-o', '-O']);
  return at !== undefined && /^(?:wait|await)/.test(baseName(argv[at] ?? '')) ? at : undefined;
}

function python(argv: readonly string[]): number | undefined {
  const at = afterOptions(argv, 1, ['-W', '-X']);
  const module = argv.indexOf('-m');
  if (module > 0 && (at === undefined || module < at)) return module + 1;
  return argv.some((word, i) => word === '-c' && (at === undefined || i < at)) ? undefined : at;
}

function afterOptions(argv: readonly string[], from: number, valued: readonly string[]): number | undefined {
  for (let i = from; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--') return i + 1 < argv.length ? i + 1 : undefined;
    if (!word.startsWith('-')) return i;
    if (valued.includes(word)) i++;
  }
  return undefined;
}
