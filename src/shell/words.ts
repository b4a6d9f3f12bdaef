import type { Assignment, ParameterExpansionPart, ParsedScript, Word, WordPart } from 'unbash';

/** What one parse may spend; hostile scripts end here, not in the heap. */
export interface Budget {
  chars: number;
  steps: number;
  commands: number;
}

/** Takes one step; true where none was left. */
export const isSpent = (budget: { steps: number }): boolean => budget.steps-- <= 0;

const longestValue = 4096;
const longestWord = 20_000;

/** Variables and positional parameters; a child sees its parent's and keeps its own. */
export class Scope {
  readonly own = new Map<string, string | undefined>();
  readonly exported: Set<string>;
  /** Variables of a function, which its caller does not see. */
  readonly locals = new Set<string>();
  readonly parent: Scope | undefined;
  readonly base: ReadonlyMap<string, string | undefined>;
  readonly depth: number;
  args: readonly string[] | undefined;
  /** `$0`, which `sh -c TEXT NAME` sets. */
  zero: string | undefined;
  constructor(base: ReadonlyMap<string, string | undefined>, parent?: Scope, args?: readonly string[]) {
    this.base = base;
    this.parent = parent;
    this.args = args ?? parent?.args;
    this.zero = parent?.zero;
    this.exported = parent?.exported ?? new Set();
    this.depth = (parent?.depth ?? 0) + 1;
  }
  fork(args?: readonly string[]): Scope {
    return new Scope(this.base, this, args);
  }
  has(name: string): boolean {
    return this.own.has(name) || (this.parent ? this.parent.has(name) : this.base.has(name));
  }
  get(name: string): string | undefined {
    if (this.own.has(name)) return this.own.get(name);
    return this.parent ? this.parent.get(name) : this.base.get(name);
  }
  set(name: string, value: string | undefined): void {
    const unusable =
      value === undefined || value.length > longestValue || value.includes(`$${name}`) || value.includes(`\${${name}`);
    this.own.set(name, unusable ? undefined : value);
  }
  /** Takes over from a child that may not have run: where it would have changed something, nobody knows. */
  mayHave(child: Scope): void {
    for (const name of child.locals) this.locals.add(name);
    for (const [name, value] of child.own) this.set(name, value === this.get(name) ? value : undefined);
    if (child.args !== this.args) this.args = undefined;
  }
}

/** Gathers the fields of one word: unquoted values are split at white space, quoted ones are not. */
class Fields {
  readonly out: string[] = [];
  private now = '';
  private open = false;
  add(text: string): void {
    this.open = true;
    if (this.now.length + text.length <= longestWord) this.now += text;
  }
  split(text: string): void {
    const pieces = text.split(/\s+/);
    pieces.forEach((piece, i) => {
      if (i > 0) this.close();
      if (piece !== '') this.add(piece);
    });
  }
  close(): void {
    if (this.open) this.out.push(this.now);
    this.now = '';
    this.open = false;
  }
}

/** The fields that a word expands to. */
export function expandWord(word: Word, scope: Scope, budget: Budget): string[] {
  budget.chars -= word.end - word.pos + 1;
  const parts = word.parts;
  if (!parts) return [word.value];
  const fields = new Fields();
  for (const part of parts) addPart(part, scope, budget, fields, false);
  fields.close();
  // `""` is a word; `$EMPTY` is none.
  if (fields.out.length === 0 && parts.some((part) => part.type.endsWith('Quoted'))) return [''];
  return fields.out;
}

/** The text of a word without splitting, as in an assignment. */
export function expandText(word: Word, scope: Scope, budget: Budget): string {
  budget.chars -= word.end - word.pos + 1;
  return word.parts ? partsText(word.parts, scope, budget) : word.value;
}

function partsText(parts: readonly WordPart[], scope: Scope, budget: Budget): string {
  const fields = new Fields();
  for (const part of parts) addPart(part, scope, budget, fields, true);
  fields.close();
  return fields.out.join(' ');
}

function addPart(part: WordPart, scope: Scope, budget: Budget, fields: Fields, quoted: boolean): void {
  switch (part.type) {
    case 'DoubleQuoted':
    case 'LocaleString':
      if (part.parts.length === 0) fields.add('');
      for (const child of part.parts) addPart(child, scope, budget, fields, true);
      return;
    case 'SimpleExpansion':
      if (part.text === '$@' || (part.text === '$*' && !quoted)) {
        if (!scope.args) fields.add(part.text);
        else
          scope.args.slice(0, 100).forEach((arg, i) => {
            if (i > 0) fields.close();
            budget.chars -= arg.length;
            fields.add(arg);
          });
        return;
      }
      return addValue(lookUp(part.text.slice(1), scope), part.text, budget, fields, quoted);
    case 'ParameterExpansion':
      return addValue(parameter(part, scope, budget), part.text, budget, fields, quoted);
    case 'CommandExpansion':
    case 'ArithmeticExpansion':
    case 'ProcessSubstitution':
    case 'BraceExpansion':
    case 'ExtendedGlob':
      return fields.add(part.text);
    default:
      fields.add(part.value);
  }
}

function addValue(value: string | undefined, written: string, budget: Budget, fields: Fields, quoted: boolean): void {
  if (value === undefined || budget.chars < 0) return fields.add(written);
  budget.chars -= value.length;
  if (quoted) fields.add(value);
  else fields.split(value);
}

function lookUp(name: string, scope: Scope): string | undefined {
  if (/^\d+$/.test(name))
    return name === '0' ? scope.zero : scope.args ? (scope.args[Number(name) - 1] ?? '') : undefined;
  if (name === '#') return scope.args && String(scope.args.length);
  if (name === '@' || name === '*') return scope.args?.join(' ');
  return scope.get(name);
}

function parameter(part: ParameterExpansionPart, scope: Scope, budget: Budget): string | undefined {
  if (part.prefix || part.index) return undefined;
  const name = part.parameter;
  const positional = /^\d+$/.test(name);
  const value = lookUp(name, scope);
  const known = positional ? scope.args !== undefined : scope.has(name);
  const operation = part.operation;
  if (!operation) return value;
  switch (operation.type) {
    case 'Default': {
      // Set, but to something not visible: neither branch is certain.
      if (known && value === undefined) return undefined;
      const colon = operation.operator.startsWith(':');
      const missing = positional ? !value : !known || (colon && value === '');
      const kind = operation.operator.at(-1);
      if (kind === '+') return missing ? '' : expandText(operation.operand, scope, budget);
      if (!missing) return value;
      if (kind === '?') return undefined;
      const fallback = expandText(operation.operand, scope, budget);
      if (kind === '=') scope.set(name, fallback);
      return fallback;
    }
    case 'Remove':
      return value === undefined ? undefined : remove(value, operation.operator, operation.operand.text);
    case 'CaseModification':
      if (value === undefined || operation.operand) return undefined;
      return operation.operator === ',,'
        ? value.toLowerCase()
        : operation.operator === '^^'
          ? value.toUpperCase()
          : undefined;
    case 'Replace': {
      const pattern = expandText(operation.pattern, scope, budget);
      if (value === undefined || /[*?[\]\\]/.test(pattern) || pattern === '') return undefined;
      const by = expandText(operation.replacement, scope, budget);
      if (operation.operator === '//')
        return value.length * (by.length + 1) > longestValue * 8 ? undefined : value.split(pattern).join(by);
      return operation.operator === '/' ? value.replace(pattern, () => by) : undefined;
    }
    default:
      return undefined;
  }
}

/** `${X%:*}`, `${X##*://}` and their like: one star at the outer or inner end. */
function remove(value: string, operator: string, pattern: string): string | undefined {
  const bare = pattern.replace(/^(['"])(.*)\1$/, '$2').replace(/\\([^*?[])/g, '$1');
  const star = bare.indexOf('*');
  if (/[?[\]$`]/.test(bare) || bare.indexOf('*', star + 1) > 0) return undefined;
  const longest = operator.length === 2;
  if (operator.startsWith('%')) {
    if (star < 0) return value.endsWith(bare) ? value.slice(0, value.length - bare.length) : value;
    if (star !== bare.length - 1) return undefined;
    const head = bare.slice(0, -1);
    const at = longest ? value.indexOf(head) : value.lastIndexOf(head);
    return at < 0 ? value : value.slice(0, at);
  }
  if (star < 0) return value.startsWith(bare) ? value.slice(bare.length) : value;
  if (star !== 0) return undefined;
  const tail = bare.slice(1);
  const at = longest ? value.lastIndexOf(tail) : value.indexOf(tail);
  return at < 0 ? value : value.slice(at + tail.length);
}

/** The scripts of the command substitutions in a word. */
export function substitutions(word: Word, found: ParsedScript[] = []): ParsedScript[] {
  if (word.parts) collect(word.parts, found);
  return found;
}

function collect(parts: readonly WordPart[], found: ParsedScript[]): void {
  for (const part of parts) {
    if (part.type === 'CommandExpansion' || part.type === 'ProcessSubstitution') {
      if (part.script) found.push(part.script);
    } else if (part.type === 'DoubleQuoted' || part.type === 'LocaleString') collect(part.parts, found);
    else if (part.type === 'ParameterExpansion' && part.operation?.type === 'Default')
      substitutions(part.operation.operand, found);
  }
}

/** The word that an assignment gives, unless it is an array. */
export function assigned(assignment: Assignment): Word | undefined {
  return assignment.value.type === 'Word' ? assignment.value : undefined;
}
