import { actionsOf, keywordOf } from './index.ts';
import { pipelineOf, type Operand, type Pipeline } from './pipeline.ts';

/**
 * Whether a chart's templates certainly print the same for an install and for an upgrade. The renders differ in
 * `.Release.IsInstall` and `.Release.IsUpgrade` alone (Helm's `pkg/cmd/template.go` and `ToRenderValues`), so it is
 * enough that no template can read these: none names them, none hands on `.Release` as a whole, and the root context,
 * which holds it, is given to nothing that could read or print all of it. `tpl` runs text that is not known here, and
 * functions such as `randAlphaNum` or `now` print something else each time: with these nothing is certain.
 *
 * `templates` are the texts of all files in `templates/`, those of subcharts too.
 */
export function isActionFree(templates: readonly string[]): boolean {
  if (templates.some((text) => /\b(?:IsInstall|IsUpgrade|tpl)\b/.test(text))) return false;
  const flow = new Flow();
  try {
    do {
      flow.grown = false;
      for (const text of templates) flow.template(text);
    } while (flow.grown);
    // What the root context reaches is known only now.
    flow.judging = true;
    for (const text of templates) flow.template(text);
    return true;
  } catch (error) {
    if (error === uncertain) return false;
    throw error;
  }
}

const uncertain = new Error('not certain');

/** Fields of the root context that hold nothing of the action. */
const harmless = new Set(['Values', 'Chart', 'Capabilities', 'Files', 'Template']);
const ofRelease = new Set(['Name', 'Namespace', 'Service', 'Revision']);

/** Print something else in each render, or run text that is not known. */
const never =
  /^(?:tpl|rand\w*|uuidv4|shuffle|gen\w+|now|ago|date\w*|duration\w*|htmlDate\w*|htpasswd|bcrypt|encryptAES|getHostByName|env|expandenv)$/;

/** Functions whose result says nothing of what is inside of an operand. */
const blind = new Set(['include', 'hasKey', 'kindIs', 'kindOf', 'typeIs', 'typeOf', 'empty', 'not']);
/** Functions that give back an operand. */
const passing = new Set(['default', 'ternary', 'coalesce', 'and', 'or', 'required', 'deepCopy']);

const constants = new Set(['true', 'false', 'nil']);

/** Where the root context can get to. It is followed by name: through every variable and key that it is ever given. */
class Flow {
  /** Something was learned since this was last set to `false`. */
  grown = false;
  /** What is not certain ends it. */
  judging = false;
  /** Variables that can hold the root context, or something that holds it. */
  private readonly variables = new Set<string>();
  /** Keys of dictionaries below which it can be. */
  private readonly keys = new Set<string>();
  /** Places in lists where it can be. */
  private readonly places = new Set<number>();
  private readonly parsed = new Map<string, Pipeline>();

  template(text: string): void {
    // Whether `.` can be, or hold, the root context. A named template may be given anything.
    const dots = [true];
    const dot = () => dots.at(-1)!;
    for (const { code, kind, closed } of actionsOf(text)) {
      if (!closed) this.fail();
      if (kind === 'comment' || code === '') continue;
      const word = keywordOf(code);
      const rest = code.slice(word.length).trim();
      switch (kind === 'control' ? word : '') {
        case 'end':
          dots.pop();
          if (dots.length === 0) this.fail();
          break;
        case 'if':
          this.pipeline(rest, dot());
          dots.push(dot());
          break;
        case 'with':
          dots.push(this.pipeline(rest, dot()));
          break;
        case 'range':
          // Whoever ranges over the root context reads all of it.
          if (this.pipeline(rest, dot())) this.fail();
          dots.push(false);
          break;
        case 'else': {
          dots.pop();
          const outer = dots.at(-1);
          if (outer === undefined) this.fail();
          const condition = rest.replace(/^(?:if|with)\b/, '');
          const holds = condition === '' ? outer! : this.pipeline(condition.trim(), outer!);
          dots.push(rest.startsWith('with') ? holds : outer!);
          break;
        }
        case 'block':
          this.pipeline(withoutName(rest), dot());
          dots.push(true);
          break;
        case 'define':
          dots.push(true);
          break;
        case 'break':
        case 'continue':
          break;
        default:
          if (word === 'template') this.pipeline(withoutName(rest), dot());
          else if (this.pipeline(code, dot()) && kind === 'output') this.fail();
      }
    }
  }

  /** Whether what a pipeline gives can be, or hold, the root context. */
  private pipeline(code: string, dot: boolean): boolean {
    let pipeline = this.parsed.get(code);
    if (pipeline === undefined) {
      pipeline = pipelineOf(code);
      if (pipeline === undefined) throw uncertain;
      this.parsed.set(code, pipeline);
    }
    return this.value(pipeline, dot);
  }

  private value({ variables, commands }: Pipeline, dot: boolean): boolean {
    let piped: boolean | undefined;
    for (const command of commands) piped = this.command(command, dot, piped);
    if (piped) for (const name of variables) this.learn(this.variables, name);
    return piped!;
  }

  private command([first, ...rest]: readonly Operand[], dot: boolean, piped: boolean | undefined): boolean {
    if (first!.kind !== 'function' || constants.has(first!.name)) {
      const value = this.operand(first!, dot);
      // A method: `.Files.Get "x"`.
      if (rest.some((operand) => this.operand(operand, dot)) || piped) this.fail();
      return value;
    }
    const { name, fields } = first!;
    if (never.test(name) || fields.length > 0) throw uncertain;
    if (name === 'dict') return this.dictionary(rest, dot, piped);
    const values = rest.map((operand) => this.operand(operand, dot));
    const holds = [...values, ...(piped === undefined ? [] : [piped])];
    if (!holds.includes(true)) return false;
    if (blind.has(name)) return false;
    if (passing.has(name)) return true;
    if (name === 'list' || name === 'tuple') return this.list(holds);
    if (name === 'index' && values[0] && !piped) return this.part(rest.slice(1));
    if (name === 'get' && values[0] && rest.length === 2) return this.part(rest.slice(1));
    if (name === 'first' && holds.length === 1) return this.places.has(0);
    if (name === 'rest' && holds.length === 1) return this.rest();
    return this.fail();
  }

  /** A list, by what its elements can hold. */
  private list(holds: readonly boolean[]): boolean {
    for (const [place, held] of holds.entries()) if (held) this.learn(this.places, place);
    return holds.includes(true);
  }

  private rest(): boolean {
    const later = [...this.places].filter((place) => place > 0);
    for (const place of later) this.learn(this.places, place - 1);
    return later.length > 0;
  }

  /** `dict "key" value …`: which keys lead to the root context. */
  private dictionary(operands: readonly Operand[], dot: boolean, piped: boolean | undefined): boolean {
    // A last key without a value takes what is piped; without one, what is piped becomes a key, as text.
    if (piped && operands.length % 2 === 0) return this.fail();
    let holds = false;
    for (let at = 0; at < operands.length; at += 2) {
      const key = operands[at]!;
      const value = operands[at + 1];
      const isRelease =
        value !== undefined && isWholeRelease(value) && key.kind === 'string' && key.value === 'Release';
      const given = isRelease || (value === undefined ? piped === true : this.operand(value, dot));
      if (this.operand(key, dot)) this.fail();
      if (!given) continue;
      holds = true;
      if (key.kind !== 'string' || harmless.has(key.value) || key.value.includes('\\')) this.fail();
      else if (isRelease) continue;
      else if (key.value === 'Release') this.fail();
      else this.learn(this.keys, key.value);
    }
    return holds;
  }

  /** What is at literal keys and places of something that holds the root context. */
  private part(keys: readonly Operand[]): boolean {
    const names: string[] = [];
    for (const key of keys) {
      if (key.kind === 'number' && keys.length === 1 && key.value >= 0) return this.places.has(key.value);
      if (key.kind !== 'string' || key.value.includes('\\')) return this.fail();
      names.push(key.value);
    }
    return this.below(names);
  }

  private operand(operand: Operand, dot: boolean): boolean {
    const { fields } = operand;
    switch (operand.kind) {
      case 'string':
      case 'number':
        return false;
      case 'dot':
        return dot && this.below(fields);
      case 'variable':
        return (operand.name === '' || this.variables.has(operand.name)) && this.below(fields);
      case 'pipeline':
        return this.value(operand.pipeline, dot) && this.below(fields);
      case 'function':
        return !constants.has(operand.name) && this.command([operand], dot, undefined);
    }
  }

  /** Whether a field of something that is, or holds, the root context holds it too. */
  private below(fields: readonly string[]): boolean {
    for (const [at, field] of fields.entries()) {
      if (harmless.has(field)) return false;
      if (field === 'Release') {
        if (!ofRelease.has(fields[at + 1] ?? '')) this.fail();
        return false;
      }
      // The contexts of the subcharts.
      if (field === 'Subcharts') this.fail();
      if (!this.keys.has(field)) return false;
    }
    return true;
  }

  private learn<T>(names: Set<T>, name: T): void {
    if (names.has(name)) return;
    names.add(name);
    this.grown = true;
  }

  /** Before all is known the worst is assumed, and nothing decided. */
  private fail(): true {
    if (this.judging) throw uncertain;
    return true;
  }
}

/** What `template` and `block` hand on. */
const withoutName = (code: string) => code.replace(/^(?:"(?:\\.|[^"\\])*"|`[^`]*`)\s*/, '') || '""';

function isWholeRelease({ kind, fields }: Operand): boolean {
  return (kind === 'dot' || kind === 'variable') && fields.length === 1 && fields[0] === 'Release';
}
