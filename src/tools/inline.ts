import type { Address } from './address.ts';
import { addressesIn, isHost } from './address.ts';
import { baseName } from './argv.ts';

const interpreter = /^(python[\d.]*|node|bun|deno|ruby|perl|php)$/;

/** The program text that an interpreter is given: `-c`, `-e`, a here-document or a known file. */
export function programOf(
  argv: readonly string[],
  redirects: readonly { op: string; target: string }[],
  readFile: ((path: string) => string | undefined) | undefined,
): string | undefined {
  const name = baseName(argv[0] ?? '');
  if (!interpreter.test(name)) return /\.(py|js|mjs|rb)$/.test(name) ? readFile?.(argv[0] ?? '') : undefined;
  const flag = argv.findIndex(
    (word, i) => i > 0 && /^(-\w*[cer]|--eval|eval)$/.test(word) && !(name === 'node' && word === '-r'),
  );
  if (flag > 0) return argv[flag + 1];
  const here = redirects.find(({ op }) => op.startsWith('<<'));
  if (here) return here.target;
  const file = argv.find((word, i) => i > 0 && !word.startsWith('-'));
  return file === undefined ? undefined : readFile?.(file);
}

// A value begins and ends where nothing else of the call can: no part of the text is tried twice.
const value = String.raw`([^,()\s][^,()\n]{0,201})(?:\n\s*)?`;
const port = String.raw`["']?(\d{2,5})`;
/** Calls that open a connection: host then port, or port then host. */
const calls: readonly (readonly [RegExp, number, number])[] = [
  [
    new RegExp(String.raw`(?:create_connection|\bconnect(?:_ex)?)\(\s*\(\s*${value},\s*(?:int\()?${value}[,)]`, 'g'),
    1,
    2,
  ],
  [
    new RegExp(
      String.raw`(?:net\.connect|net\.createConnection|TCPSocket\.(?:new|open)|fsockopen|\bSocket\.tcp)\(\s*(["'][\w.-]+["'])\s*,\s*${port}`,
      'g',
    ),
    1,
    2,
  ],
  [
    new RegExp(
      String.raw`(?:net\.connect|net\.createConnection|\.connect)\(\s*${port}["']?\s*,\s*(["'][\w.-]+["'])`,
      'g',
    ),
    2,
    1,
  ],
  [new RegExp(String.raw`\bhost\s*[:=]\s*${value},\s*port\s*[:=]\s*(?:int\()?${port}`, 'g'), 1, 2],
];

/** Hosts that a short program polls, as far as its text shows them. */
export function polled(text: string, variable: (name: string) => string | undefined): Address[] {
  if (text.length > 20_000 || !/connect|socket|urlopen|requests\.get|fetch\(|fsockopen|TCPSocket/i.test(text))
    return [];
  const found: Address[] = [];
  for (const [pattern, host, number] of calls) {
    for (const match of text.matchAll(pattern)) {
      const name = read(match[host], variable);
      if (!isHost(name) || /^\d+$/.test(name)) continue;
      const at = read(match[number], variable);
      found.push({ host: name, ...(at && /^\d+$/.test(at) && { port: at }) });
      if (found.length > 10) return found;
    }
  }
  if (found.length === 0)
    for (const match of text.matchAll(
      /(?:urlopen|requests\.get|fetch|http\.get|connect)\(\s*["']([a-z+]{2,20}:\/\/[^"'\s]{1,300})["']/g,
    ))
      found.push(...addressesIn(match[1] ?? ''));
  return found.slice(0, 10);
}

/** A literal, or what the environment gives for `os.environ["X"]`, `os.getenv("X", "d")`, `process.env.X`. */
function read(text: string | undefined, variable: (name: string) => string | undefined): string | undefined {
  const bare = text?.trim() ?? '';
  const literal = /^(["'])(.*)\1$/.exec(bare)?.[2];
  if (literal !== undefined && !literal.includes('{')) return literal;
  if (/^\d+$/.test(bare)) return bare;
  const name = /(?:environ(?:\.get)?[[(]\s*["']|getenv\(\s*["']|env\.|ENV\[\s*["'])(\w+)/.exec(bare)?.[1];
  return name === undefined ? undefined : variable(name);
}

/** Whether a program tries again. */
export function retries(text: string): boolean {
  return /\bwhile\b|\bfor\b|setTimeout|setInterval|\bretry|\bloop\b|\buntil\b/.test(text);
}
