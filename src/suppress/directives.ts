/** A comment in a template or manifest that switches findings off. */
export interface Directive {
  /** As findings name the file. */
  file: string;
  /** Line of the comment, from 1. */
  line: number;
  /** Lines that it covers, both included. */
  from: number;
  to: number;
  /** Empty: every rule. */
  rules: readonly string[];
  /** What stands behind `--`. */
  reason: string | undefined;
}

const comment = /(?:#|\{\{-?\s*\/\*)\s*migrate-lint-(disable-next-line|disable-line|disable|enable)\b([^\r\n]*)/;

/**
 * The directives of a file, in YAML comments and template comments alike: `migrate-lint-disable-next-line RULE[, RULE] -- reason`,
 * `disable-line`, and `disable` … `enable` blocks. The next line is the next that holds more than a comment.
 */
export function directivesOf(file: string, text: string): Directive[] {
  if (!text.includes('migrate-lint-')) return [];
  const lines = text.split(/\r?\n/);
  const out: Directive[] = [];
  const open: Directive[] = [];
  lines.forEach((content, index) => {
    const match = comment.exec(content);
    if (!match) return;
    const [, word, rest = ''] = match;
    const line = index + 1;
    const { rules, reason } = parse(rest);
    if (word === 'enable') {
      for (const block of open.splice(0)) {
        const rest = rules.length === 0 ? [] : block.rules.filter((rule) => !rules.includes(rule));
        if (rules.length > 0 && (block.rules.length === 0 || rest.length > 0)) open.push(block);
        else (block as { to: number }).to = line;
      }
      return;
    }
    const at = word === 'disable-next-line' ? nextLine(lines, index) : line;
    const directive: Directive = {
      file,
      line,
      from: word === 'disable' ? line : at,
      to: word === 'disable' ? lines.length : at,
      rules,
      reason,
    };
    if (word === 'disable') open.push(directive);
    out.push(directive);
  });
  return out;
}

function parse(rest: string): { rules: string[]; reason: string | undefined } {
  const [names = '', ...reason] = rest
    .replace(/-?\*\/\s*-?\}\}.*$/, '')
    .trimEnd()
    .split(/\s--(?:\s|$)/);
  return { rules: names.split(/[\s,]+/).filter(Boolean), reason: reason.join(' -- ').trim() || undefined };
}

function nextLine(lines: readonly string[], index: number): number {
  for (let at = index + 1; at < lines.length; at += 1) {
    if (!/^\s*(?:#.*|\{\{-?\s*\/\*.*\*\/\s*-?\}\}\s*)?$/.test(lines[at]!)) return at + 1;
  }
  return index + 2;
}
