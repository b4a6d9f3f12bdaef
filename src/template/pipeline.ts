// What stands in an action, as Go parses it (text/template/parse): pipelines of commands of operands.

/** A value in an action, with the fields that are read of it: `$x.Values.name` is a variable with two fields. */
export type Operand = { fields: readonly string[] } & (
  | { kind: 'dot' }
  | { kind: 'variable'; name: string }
  | { kind: 'function'; name: string }
  | { kind: 'string'; value: string }
  /** `NaN` for what is not written as plain digits. */
  | { kind: 'number'; value: number }
  | { kind: 'pipeline'; pipeline: Pipeline }
);

/** `$a, $b := first | second`: the output of each command is the last operand of the next. */
export interface Pipeline {
  /** Names of variables without `$`, declared or assigned. */
  variables: readonly string[];
  commands: readonly (readonly Operand[])[];
}

const token =
  /\s+|"(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])+'|\$\w*|\.[A-Za-z_]\w*|\.(?![\w.])|[+-]?(?:0[xXbBoO])?\d[\w.+-]*|[A-Za-z_]\w*|:=|[=|(),]/y;

/** The pipeline that `code` is; `undefined` for what is not one for certain. */
export function pipelineOf(code: string): Pipeline | undefined {
  const tokens = tokensOf(code);
  if (!tokens) return undefined;
  const parser = new Parser(tokens);
  const pipeline = parser.pipeline();
  return parser.ended && !parser.broken ? pipeline : undefined;
}

/** The tokens, blanks included: `a .B` are two operands, `a.B` is one. */
function tokensOf(code: string): string[] | undefined {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < code.length) {
    const [found] = token.exec(code) ?? [];
    if (found === undefined) return undefined;
    tokens.push(found);
  }
  return tokens;
}

class Parser {
  /** A parenthesis that is not closed, or is empty. */
  broken = false;
  private at = 0;
  private readonly tokens: readonly string[];

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  get ended(): boolean {
    return this.at >= this.tokens.length;
  }

  pipeline(): Pipeline | undefined {
    const variables = this.variables();
    const commands: Operand[][] = [];
    do {
      const operands: Operand[] = [];
      for (let operand = this.operand(); operand; operand = this.operand()) operands.push(operand);
      if (operands.length === 0) return undefined;
      commands.push(operands);
    } while (this.take('|'));
    return { variables, commands };
  }

  /** `$a :=`, `$a =` and `$a, $b :=`; nothing where the pipeline has no variables. */
  private variables(): string[] {
    const before = this.at;
    const names: string[] = [];
    do {
      const name = this.peek();
      if (name === undefined || !/^\$\w/.test(name)) break;
      this.at += 1;
      names.push(name.slice(1));
    } while (this.take(','));
    if (names.length > 0 && (this.take(':=') || this.take('='))) return names;
    this.at = before;
    return [];
  }

  private operand(): Operand | undefined {
    const text = this.peek();
    if (text === undefined || /^(?:[|),]|:?=)$/.test(text)) return undefined;
    this.at += 1;
    if (text === '(') {
      const pipeline = this.pipeline();
      if (pipeline && this.take(')')) return { kind: 'pipeline', pipeline, fields: this.fields() };
      this.broken = true;
      return undefined;
    }
    if (text === '.') return { kind: 'dot', fields: [] };
    if (text.startsWith('.')) return { kind: 'dot', fields: [text.slice(1), ...this.fields()] };
    if (text.startsWith('$')) return { kind: 'variable', name: text.slice(1), fields: this.fields() };
    if (/^["`]/.test(text)) return { kind: 'string', value: text.slice(1, -1), fields: [] };
    if (/^['+\d-]/.test(text))
      return { kind: 'number', value: /^(?:0|[1-9]\d{0,8})$/.test(text) ? Number(text) : NaN, fields: [] };
    return { kind: 'function', name: text, fields: this.fields() };
  }

  private fields(): string[] {
    const fields: string[] = [];
    for (; this.tokens[this.at]?.startsWith('.') && this.tokens[this.at] !== '.'; this.at += 1)
      fields.push(this.tokens[this.at]!.slice(1));
    return fields;
  }

  private peek(): string | undefined {
    while (this.tokens[this.at]?.trim() === '') this.at += 1;
    return this.tokens[this.at];
  }

  private take(text: string): boolean {
    if (this.peek() !== text) return false;
    this.at += 1;
    return true;
  }
}
