interface Wrapper {
  /** Options that take a value in the next word. */
  valued?: string[];
  /** Words between the options and the wrapped command (`timeout 60 CMD`, `gosu USER CMD`). */
  skip?: number;
  /** `A=b` words before the command. */
  assigns?: boolean;
}

const plain: Wrapper = {};
/** Commands that run another command, named by their own arguments. */
const wrappers: Readonly<Record<string, Wrapper>> = {
  exec: { valued: ['-a'] },
  command: plain,
  builtin: plain,
  nohup: plain,
  time: { valued: ['-f', '-o', '--format', '--output'] },
  env: { valued: ['-u', '--unset', '-C', '--chdir'], assigns: true },
  timeout: { valued: ['-s', '--signal', '-k', '--kill-after'], skip: 1 },
  nice: { valued: ['-n', '--adjustment'] },
  ionice: { valued: ['-c', '-n', '--class', '--classdata'] },
  stdbuf: { valued: ['-i', '-o', '-e'] },
  setsid: plain,
  sudo: { valued: ['-u', '-g', '--user', '--group'], assigns: true },
  doas: { valued: ['-u'] },
  gosu: { skip: 1 },
  'su-exec': { skip: 1 },
  setpriv: { valued: ['--reuid', '--regid'] },
  chpst: { valued: ['-u'] },
  's6-setuidgid': { skip: 1 },
  tini: { valued: ['-p', '-e'] },
  'tini-static': { valued: ['-p', '-e'] },
  'dumb-init': { valued: ['-r', '--rewrite'] },
  catatonit: plain,
  flock: { valued: ['-w', '--timeout', '-E'], skip: 1 },
  unbuffer: plain,
  busybox: plain,
};

/** Names of the shells whose `-c` text we read. */
export const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh', 'mksh']);

/** What a wrapper runs. */
export interface Unwrapped {
  argv: string[];
  /** How many words were taken off the front; text that stands in one word has none. */
  shift: number;
  env: Record<string, string>;
  /** What the first word between says as a duration, as that of `timeout` does. */
  seconds?: number;
  /** The word `shift - 1` further on is shell text (`su -c`). */
  text?: string;
}

/** The last part of a path: `/usr/bin/nc` is `nc`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Takes one wrapper off a command; undefined when it is none. */
export function unwrap(argv: readonly string[]): Unwrapped | undefined {
  const name = baseName(argv[0] ?? '');
  if (name === 'su' || name === 'runuser') return switchUser(argv);
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  if (!wrapper) return undefined;
  const env: Record<string, string> = {};
  let skip = wrapper.skip ?? 0;
  let first: string | undefined;
  let i = 1;
  for (; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--' || (name === 'env' && word === '-')) continue;
    // `command -v x` asks, it does not run.
    if (name === 'command' && /^-[vV]/.test(word)) return undefined;
    if (word.startsWith('-') && word !== '-') {
      if (wrapper.valued?.includes(word)) i++;
      continue;
    }
    if (wrapper.assigns && /^\w+=/.test(word)) {
      const at = word.indexOf('=');
      env[word.slice(0, at)] = word.slice(at + 1);
      continue;
    }
    // busybox `timeout -t 60 CMD` has its duration behind an option.
    if (skip === 0) break;
    skip--;
    first ??= word;
  }
  if (i >= argv.length) return undefined;
  return { argv: argv.slice(i), shift: i, env, seconds: duration(first) };
}

function switchUser(argv: readonly string[]): Unwrapped | undefined {
  const c = argv.findIndex((word) => word === '-c' || word === '--command' || word === '-lc');
  if (c !== -1 && argv[c + 1] !== undefined) return { argv: [], shift: c + 1, env: {}, text: argv[c + 1] };
  const dashes = argv.indexOf('--');
  if (dashes !== -1 && dashes + 1 < argv.length) return { argv: argv.slice(dashes + 1), shift: dashes + 1, env: {} };
  const user = argv.indexOf('-u');
  if (user !== -1 && user + 2 < argv.length) return { argv: argv.slice(user + 2), shift: user + 2, env: {} };
  return undefined;
}

/** Seconds of `60`, `60s`, `5m`, `1h`, `1m30s`. */
export function duration(text: string | undefined): number | undefined {
  if (text === undefined || text.length > 20) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) return undefined;
  const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400 };
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g))
    sum += Number(number) * (units[unit ?? 's'] ?? 1);
  return sum;
}

/** How a shell is called: its text or file, its flags, the words after. */
export interface ShellCall {
  text?: number;
  file?: number;
  errexit: boolean;
  pipefail: boolean;
  rest: number;
}

/** Reads the options of `bash -euo pipefail -c TEXT NAME ARG…` or `sh FILE ARG…`. */
export function shellCall(argv: readonly string[]): ShellCall {
  const call: ShellCall = { errexit: false, pipefail: false, rest: argv.length };
  let wantsText = false;
  let i = 1;
  for (; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--') {
      i++;
      break;
    }
    if (word.startsWith('--')) {
      if (word === '--rcfile' || word === '--init-file') i++;
      continue;
    }
    if (!/^[-+]\w/.test(word)) break;
    if (word.startsWith('-')) {
      if (word.includes('c')) wantsText = true;
      if (word.includes('e')) call.errexit = true;
    }
    if (word.endsWith('o') || word.endsWith('O')) {
      i++;
      if (argv[i] === 'pipefail') call.pipefail = true;
      if (argv[i] === 'errexit') call.errexit = true;
    }
  }
  if (i < argv.length) {
    if (wantsText) call.text = i;
    else call.file = i;
    call.rest = i + 1;
  }
  return call;
}
