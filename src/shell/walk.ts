import { parse } from 'unbash';
import type { AndOr, CommandNode, CompoundList, For, PipelineNode, Statement, SyntaxNode, While } from 'unbash';
import { leave, walkAndOr, walkCase, walkIf } from './branches.ts';
import { decide } from './conditions.ts';
import type { Context, Lost, Run, Shell, ShellOptions } from './context.ts';
import { cut, doubtIn, effective, fork, frameOf, maxDepth, maxText } from './context.ts';
import { repeats, sleepSeconds, tries } from './counting.ts';
import type { Command, Loop, Script } from './command.ts';
import { emit, readRedirects, runWords, walkSimple, walkSubstitutions } from './run.ts';
import { Scope, expandWord, isSpent } from './words.ts';
import type { Mark, Frame } from './frame.ts';
import { commandName, isFilter, testWords, sole, variablesIn, fails } from './syntax.ts';
import { mark } from './marks.ts';
import { mostAfter, noticedIn, readsPipe, statusRead } from './status.ts';
import { exitsOf, markExits, type Exits } from './exits.ts';

const maxLoopWords = 40;
/** Names that differ by their number (`db-0`, `db-1`) are few. */
const maxLoopNumbers = 5;

function newRun(options: ShellOptions): Run {
  return {
    budget: { chars: 3_000_000, steps: 60_000, commands: 3000 },
    cut: false,
    found: [],
    options,
    walk: { node: walk, list: walkList, pipe: walkPipe, text: walkText },
  };
}

function newContext(run: Run, script: Script, env: ReadonlyMap<string, string | undefined>): Context {
  const { errexit = false, pipefail = false, args } = run.options;
  const shell: Shell = { errexit, pipefail, functions: new Map(), awaited: [] };
  const scope = new Scope(env, undefined, args);
  return {
    run,
    shell,
    scope,
    marks: new Map(),
    source: script.text,
    script,
    value: undefined,
    exit: undefined,
    back: undefined,
    ignore: false,
    background: false,
    depth: 0,
    after: [],
  };
}

/** The simple commands that a shell script runs, as far as its text tells; broken text gives what can be read. */
export function parseScript(
  script: Script,
  env: ReadonlyMap<string, string | undefined>,
  options: ShellOptions = {},
): Command[] {
  const run = newRun(options);
  guarded(run, () => walkText(script.text, newContext(run, script, env)));
  return run.found;
}

/** The commands behind words that are run without a shell; `scriptOf` says where the text in one word comes from. */
export function parseArgv(
  argv: readonly string[],
  env: ReadonlyMap<string, string | undefined>,
  scriptOf: (index: number) => Script,
  options: ShellOptions = {},
): Command[] {
  const run = newRun(options);
  const whole = scriptOf(0);
  const context = newContext(run, { ...whole, text: argv.join(' ').slice(0, maxText) }, env);
  guarded(run, () =>
    runWords([...argv], 0, {}, [], { ...context, at: { start: 0, end: context.script.text.length } }, scriptOf),
  );
  return run.found;
}

/** A text too deep for the stack, or beyond another bound, gives what was found so far. */
function guarded(run: Run, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    run.cut = true;
  }
  const { chars, steps, commands } = run.budget;
  if (run.cut || chars < 0 || steps < 0 || commands < 0) run.options.onCut?.();
}

function walkText(text: string, context: Context): void {
  if (context.depth > maxDepth) return cut(context);
  if (text.length > maxText) cut(context);
  const source = text.length > maxText ? text.slice(0, maxText) : text;
  context.run.budget.chars -= source.length;
  if (context.run.budget.chars < 0) return;
  let tree;
  try {
    tree = parse(source);
  } catch {
    return cut(context);
  }
  // Other errors are the script's: a shell stumbles over them too.
  if (tree.errors?.some(({ message }) => message.includes('depth exceeded'))) cut(context);
  const shebang = /^#!.*\s-\w*e/.test(tree.shebang ?? '');
  const inner: Context = { ...context, source, marks: new Map(), mark: undefined, depth: context.depth + 1 };
  if (shebang && inner.script.origin === 'file') inner.shell.errexit = true;
  if (context.mark) mark(tree, true, context.mark, frameOf(inner, tree, ''));
  walkList(tree.commands, inner);
}

function walkList(statements: readonly Statement[], context: Context): void {
  for (const [i, statement] of statements.entries()) {
    if (isSpent(context.run.budget) || context.run.budget.chars < 0 || context.shell.left) return;
    const after = statements.slice(i + 1, i + 1 + mostAfter);
    if (statement.background) {
      walk(statement.command, {
        ...fork(context),
        value: 'background',
        exit: 'background',
        back: 'background',
        background: true,
        after,
      });
      context.shell.started = true;
      continue;
    }
    walk(
      statement.command,
      i === statements.length - 1
        ? { ...context, after }
        : { ...context, value: statusRead(statement, after, context), after },
    );
    leave(statement.command, context);
  }
}

function walk(node: PipelineNode | AndOr | CommandNode | CompoundList, context: Context): void {
  if (isSpent(context.run.budget) || context.run.budget.chars < 0 || context.run.budget.commands < 0) return;
  switch (node.type) {
    case 'Command':
      return walkSimple(node, context);
    case 'Pipeline': {
      const negated = node.prefixes.some((prefix) => prefix.type === 'Negation');
      return walkPipe(node.commands, negated ? { ...context, value: 'condition', ignore: true } : context);
    }
    case 'AndOr':
      return walkAndOr(node, context);
    case 'If':
      return walkIf(node, context);
    case 'For':
      return walkFor(node, context);
    case 'While':
      return walkWhile(node, context);
    case 'ArithmeticFor':
      return walkRepeating(node.body, { bounded: node.test !== undefined }, context, () => undefined);
    case 'Select':
    case 'BraceGroup':
      return walkList(node.body.commands, context);
    case 'CompoundList':
      return walkList(node.commands, context);
    case 'Subshell': {
      const status = effective(context);
      return walkList(node.body.commands, { ...fork(context), value: status, exit: status });
    }
    case 'Case':
      return walkCase(node, context);
    case 'Function':
      // Bodies stay in the text; only calls walk them.
      context.shell.functions.set(node.name.value, { body: node.body, source: context.source });
      return;
    case 'Coproc':
      return walk(node.body, { ...fork(context), value: 'background', exit: 'background', background: true });
    case 'Redirected': {
      const redirects = readRedirects(node.redirects, context);
      if (redirects.some(({ target }) => target.startsWith('/dev/tcp/'))) emit([], {}, redirects, node, context);
      return walk(node.command, context);
    }
    case 'TestCommand':
      for (const word of testWords(node) ?? []) walkSubstitutions(word, context, 'condition');
  }
}

function walkPipe(commands: readonly CommandNode[], context: Context): void {
  if (commands.length === 1) return walk(commands[0] as CommandNode, context);
  const status = effective(context);
  const asked = readsPipe(context);
  commands.forEach((command, i) => {
    const next = commands[i + 1];
    const value = !next || asked || context.shell.pipefail || isFilter(next) ? status : 'pipe';
    walk(command, { ...fork(context), value, exit: value, back: value, after: [] });
  });
}

function walkFor(node: For, context: Context): void {
  const words = node.wordlist;
  const count = words && repeats(words, context.scope, context.run.budget);
  for (const word of words ?? []) walkSubstitutions(word, context, 'followed');
  const name = node.name.value;
  if (count?.numbers || !words) {
    context.scope.set(name, undefined);
    return walkRepeating(
      node.body,
      { bounded: true, ...sleeps(count?.times, node, context) },
      context,
      () => undefined,
    );
  }
  const values = words.flatMap((word) => expandWord(word, context.scope, context.run.budget));
  const body = context.source.slice(node.body.pos, node.body.end);
  // `for i in 1 2 3 4 5` counts; `for host in a b` names things that the body uses.
  if (!variablesIn(body).includes(name))
    return walkRepeating(
      node.body,
      { bounded: true, ...sleeps(values.length, node, context) },
      context,
      () => undefined,
    );
  const { found } = context.run;
  const first = found.length;
  for (const [round, value] of values.entries()) {
    if (round === maxLoopWords) return cut(context);
    const isNumber = /^\d+$/.test(value);
    if (isNumber && round >= maxLoopNumbers) break;
    const before = found.length;
    context.scope.set(name, value);
    const lost = round > 0 || !isNumber ? 'or-true' : undefined;
    walkRepeating(node.body, { bounded: true, ...sleeps(values.length, node, context) }, context, () =>
      values.length > 1 ? lost : undefined,
    );
    // What is the same in each round is one command.
    if (isNumber && round > 0) {
      const earlier = new Set(found.slice(first, before).map(keyOf));
      found.push(...found.splice(before).filter((command) => !earlier.has(keyOf(command))));
    }
  }
}

/** Equal for commands of two rounds that differ by a count only. */
function keyOf({ argv, start }: Command): string {
  return JSON.stringify([start, argv.map((word) => (/^\d+$/.test(word) ? 0 : word))]);
}

function sleeps(times: number | undefined, node: SyntaxNode, context: Context): { seconds?: number } {
  const each = sleepSeconds(context.source.slice(node.pos, node.end));
  return times === undefined || each === undefined ? {} : { seconds: times * each };
}

/** A loop that only its body's way out ends early. */
function walkRepeating(body: CompoundList, loop: Loop, context: Context, lostOf: () => Lost): void {
  const frame = frameOf(context, body, context.source.slice(body.pos, body.end));
  const exits = exitsOf(body, frame);
  const what = markOf(loop, exits, lostOf(), frame, context);
  markExits(exits, what, frame);
  walkBody(body, frame, context);
}

function walkBody(body: CompoundList, frame: Frame, context: Context): void {
  for (const name of frame.assignments.keys()) context.scope.set(name, undefined);
  const { shell } = context;
  const { left, doubt } = shell;
  walkList(body.commands, { ...context, value: 'followed', after: [], around: { doubt: doubtIn(context) } });
  // What a loop's body ends, it ends in one of its rounds.
  Object.assign(shell, { left, doubt });
}

/** What is true of every command that the loop waits for. */
function markOf(loop: Loop, exits: Exits, lost: Lost, frame: Frame, context: Context): Mark {
  const limit = context.limit;
  const bounded = loop.bounded || exits.counted || limit !== undefined;
  const seconds = loop.seconds ?? limit?.seconds;
  const what: Mark = { loop: { bounded, ...(bounded && seconds !== undefined && { seconds }) } };
  const fate = context.background ? 'background' : lost;
  if (fate) return { ...what, lost: fate };
  if (!bounded) return what;
  if (exits.failing) return { ...what, lost: exits.failing === 'return' ? context.back : context.exit };
  return { ...what, lost: loop.bounded || exits.counted ? givenUp(exits, frame, context) : limit?.fate };
}

/** What a loop that gave up does to the script: nothing, unless what follows notices. */
function givenUp(exits: Exits, frame: Frame, context: Context): Lost {
  const names = new Set([
    ...frame.assignments.keys(),
    ...exits.counters.flatMap((node) => variablesIn(context.source.slice(node.pos, node.end))),
  ]);
  const at = context.after.findIndex((statement) => fails(statement));
  const noticed = noticedIn(at === -1 ? context.after : context.after.slice(0, at), [...names], context);
  if (noticed) return noticed.lost;
  return at === -1 ? 'followed' : fails(context.after[at]!) === 'return' ? context.back : context.exit;
}

function walkWhile(node: While, context: Context): void {
  const want = node.kind === 'until';
  const text = context.source.slice(node.pos, node.end);
  const frame: Frame = { ...frameOf(context, node.body, text), flags: new Set() };
  const always = decideLoop(node, context) === !want;
  if (!always)
    for (const name of variablesIn(context.source.slice(node.clause.pos, node.clause.end))) frame.flags?.add(name);
  const exits = exitsOf(node.body, frame);
  const limit = tries(node, exits.counters, frame, context.scope);
  const counter = limit.counts;
  const loop: Loop = {
    bounded: counter,
    ...(limit.seconds !== undefined ? { seconds: limit.seconds } : sleeps(limit.times, node, context)),
  };
  const what = markOf(loop, exits, undefined, frame, context);
  if (!always) {
    const asked = statusAsked(node, frame);
    if (asked) mark(asked, true, what, frame);
    else mark(node.clause, want, what, frame);
  }
  // `while [ $i -lt 30 ]; do nc … && break` is left by its body.
  if (always || counter || frame.flags?.size) markExits(exits, what, frame);
  const around = { doubt: doubtIn(context) };
  walkList(node.clause.commands, { ...context, value: 'condition', ignore: true, after: [], around });
  walkBody(node.body, frame, context);
}

function decideLoop(node: While, context: Context): boolean | undefined {
  const condition = sole(node.clause);
  const name = commandName(condition);
  if (name === 'true' || name === ':') return true;
  if (name === 'false') return false;
  const words = testWords(condition);
  // `[ 1 ]`, `[ true ]`
  if (words && condition.type === 'Command' && words.filter((word) => word.value !== ']').length === 1) return true;
  if (condition.type === 'ArithmeticCommand') return /^\s*1\s*$/.test(condition.body) ? true : undefined;
  if (words && context.source.slice(condition.pos, condition.end).includes('$')) return undefined;
  return decide(node.clause, context.scope, context.run.budget);
}

/** `until [ $? -eq 0 ]; do …; CMD; done` asks the last command of its body. */
function statusAsked(node: While, frame: Frame): SyntaxNode | undefined {
  const text = frame.source.slice(node.clause.pos, Math.min(node.clause.end, node.clause.pos + 200));
  return testWords(sole(node.clause)) && text.includes('$?') ? node.body.commands.at(-1) : undefined;
}
