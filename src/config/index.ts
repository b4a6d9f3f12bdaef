import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { PolicyService, Severity } from '../rule.ts';

/** What a team writes down in `.migrate-lint.yaml`. */
export interface Policy {
  /** Absolute path of the file. */
  file: string;
  extends?: 'recommended' | 'strict' | 'all';
  rules: Readonly<Record<string, { severity: Severity | 'off'; options: Readonly<Record<string, unknown>> }>>;
  services: readonly PolicyService[];
  external: readonly string[];
  ignore: readonly { files: readonly string[]; rules?: readonly string[]; reason?: string }[];
}

/** A policy file that cannot be used; `message` is one line with file, line and what was expected. */
export class PolicyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PolicyError';
  }
}

const names = ['.migrate-lint.yaml', '.migrate-lint.yml'];
const maxBytes = 1024 * 1024;

/** The policy file of a chart: the nearest one from its folder up to the root of its repository. */
export function findPolicy(chart: string): string | undefined {
  for (let folder = resolve(chart); ; folder = dirname(folder)) {
    const found = names.map((name) => join(folder, name)).find((file) => existsSync(file));
    if (found || existsSync(join(folder, '.git')) || dirname(folder) === folder) return found;
  }
}

/** Reads and checks a policy file. Throws {@link PolicyError}. */
export async function readPolicy(path: string, cwd: string, known: ReadonlySet<string>): Promise<Policy> {
  const shown = relative(cwd, path) || path;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) throw new PolicyError(`${shown}: no such policy file`);
  if (stat.size > maxBytes) throw new PolicyError(`${shown}: larger than 1 MiB, which no policy is`);
  const { check } = await import('./check.ts');
  const value = check(readFileSync(path, 'utf8'), shown, known) as {
    extends?: Policy['extends'];
    rules?: Record<string, Severity | 'off' | [Severity | 'off', Record<string, unknown>]>;
    services?: PolicyService[];
    external?: string[];
    ignore?: Policy['ignore'];
  };
  const rules = Object.entries(value.rules ?? {}).map(([id, entry]) => [id, Array.isArray(entry) ? { severity: entry[0], options: entry[1] } : { severity: entry, options: {} }] as const);
  return { file: path, extends: value.extends, rules: Object.fromEntries(rules), services: value.services ?? [], external: value.external ?? [], ignore: value.ignore ?? [] };
}

/** Whether a text matches a pattern with `*` (not across `/`) and `**`. Linear: no pattern can make it slow. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.split('/');
  const words = text.split('/');
  const memo = new Map<string, boolean>();
  const match = (p: number, w: number): boolean => {
    const key = `${p} ${w}`;
    const before = memo.get(key);
    if (before !== undefined) return before;
    const found = p === parts.length ? w === words.length : parts[p] === '**' ? match(p + 1, w) || (w < words.length && match(p, w + 1)) : w < words.length && segment(parts[p]!, words[w]!) && match(p + 1, w + 1);
    memo.set(key, found);
    return found;
  };
  return match(0, 0);
}

function segment(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const [index, part] of rest.entries()) {
    const last = index === rest.length - 1;
    const next = last ? text.length - part.length : text.indexOf(part, at);
    if (next < at || (last && !text.endsWith(part))) return false;
    at = next + part.length;
  }
  return rest.length > 0 || at === text.length;
}
