import { near } from '../config/near.ts';
import { actionsOf } from '../template/index.ts';

/** A comment in a template or manifest that suppresses findings. */
export interface Directive {
  /** As findings name the file. */
  file: string;
  /** Line of the comment, from 1. */
  line: number;
  word: 'disable-next-line' | 'disable-line' | 'disable' | 'enable';
  /** The line that it covers; `undefined` for `disable` and `enable`, which begin and end a block. */
  covers: number | undefined;
  /** Empty: every rule. */
  rules: readonly string[];
  /** What stands behind `--`. */
  reason: string | undefined;
}

/** A comment that is meant as a directive and is none. It has no effect. */
export interface Misspelt {
  file: string;
  line: number;
  /** As it is written: `migrate-lint-disable-nextline`. */
  text: string;
  /** The directive that is nearest to it, if any is near. */
  nearest: string | undefined;
}

const words = ['disable-next-line', 'disable-line', 'disable', 'enable'] as const;
const comment = /(?:#|\{\{-?\s{0,80}\/\*)\s{0,80}(migrate-lint([-_:\s]{1,3})([A-Za-z][\w-]*))([^\r\n]*)/i;
const meant = /^(?:dis-?able|en-?able|ignore|skip|suppress|off$|on$|noqa|nolint)/i;

/**
 * The directives of a file, in YAML comments and template comments alike: `migrate-lint-disable-next-line RULE[, RULE]
 * -- reason`, `disable-line`, and `disable` … `enable` blocks. The next line is the next that holds more than a
 * comment. Linear in the text.
 */
export function directivesOf(file: string, text: string): { directives: Directive[]; misspelt: Misspelt[] } {
  const directives: Directive[] = [];
  const misspelt: Misspelt[] = [];
  if (!/migrate-lint/i.test(text)) return { directives, misspelt };
  const lines = text.split(/\r?\n/);
  let next: Uint32Array | undefined;
  lines.forEach((content, index) => {
    const match = comment.exec(content);
    if (!match) return;
    const [, written = '', gap = '', name = '', rest = ''] = match;
    const line = index + 1;
    const word = words.find((one) => written === `migrate-lint-${one}`);
    if (word === undefined || !/^(?:$|[\s,*-])/.test(rest)) {
      const nearest = nearestTo(name);
      // "migrate-lint disables …" is prose.
      const isMeant =
        gap.trim() === '' ? words.some((one) => one === name.toLowerCase()) : (nearest ?? meant.test(name));
      if (isMeant) misspelt.push({ file, line, text: written + (word ? rest.charAt(0) : ''), nearest });
      return;
    }
    const covers =
      word === 'disable-next-line'
        ? (next ??= contentLines(lines))[index + 1]!
        : word === 'disable-line'
          ? line
          : undefined;
    directives.push({ file, line, word, covers, ...parse(rest) });
  });
  return { directives, misspelt };
}

function nearestTo(name: string): string | undefined {
  const spelt = /^; did you mean (.+)\?$/.exec(near(name.toLowerCase(), words))?.[1];
  return spelt && `migrate-lint-${spelt}`;
}

function parse(rest: string): { rules: string[]; reason: string | undefined } {
  const [names = '', ...reason] = rest
    .replace(/-?\*\/\s{0,80}-?\}\}.*$/, '')
    .trimEnd()
    .split(/\s--(?:\s|$)/);
  return { rules: names.split(/[\s,]+/).filter(Boolean), reason: reason.join(' -- ').trim() || undefined };
}

/** For each index the number of the first line from there on that holds more than a comment. */
function contentLines(lines: readonly string[]): Uint32Array {
  const out = new Uint32Array(lines.length + 1);
  out[lines.length] = lines.length + 1;
  for (let at = lines.length - 1; at >= 0; at -= 1) out[at] = holdsContent(lines[at]!) ? at + 1 : out[at + 1]!;
  return out;
}

function holdsContent(line: string): boolean {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return false;
  const [first] = actionsOf(text);
  return !(first?.kind === 'comment' && first.start === 0 && first.end === text.length);
}
