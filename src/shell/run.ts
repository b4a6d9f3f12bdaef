import type { PipelineNode, Redirection, SyntaxNode, Word, Command as Simple } from 'unbash';
import type { Context, Lost, Shell } from './context.ts';
import { cut, doubtIn, effective, fork, frameOf, maxDepth, maxText } from './context.ts';
import type { Command, Script } from './command.ts';
import type { Scope } from './words.ts';
import { assigned, expandText, expandWord, isSpent, substitutions } from './words.ts';
import type { ShellCall } from './wrappers.ts';
import { baseName, shellCall, shells, unwrap } from './wrappers.ts';
import { testWords } from './syntax.ts';
import { mark } from './marks.ts';

/** Redirections with their targets expanded. */
export function readRedirects(redirects: readonly Redirection[], context: Context): Command['redirects'] {
  return redirects.map((redirect) => {
    if (redirect.type === 'HereDoc') return { op: redirect.operator, target: redirect.body.text.slice(0, maxText) };
    const target = redirect.target ? expandText(redirect.target, context.scope, context.run.budget) : '';
    return { op: redirect.operator, target };
  });
}

/** Walks the scripts in a word's `$(…)`. */
export function walkSubstitutions(word: Word, context: Context, lost: Lost): void {
  for (const script of substitutions(word)) {
    const inner: Context = {
      ...fork(context),
      value: lost,
      exit: lost,
      back: lost,
      ignore: lost !== undefined,
      after: [],
    };
    if (script.source !== undefined) {
      // Offsets within escaped backticks count in their own text.
      inner.source = script.source;
      inner.at = context.at ?? { start: word.pos, end: word.end };
    }
    inner.run.walk.list(script.commands, inner);
  }
}

/** A simple command: its assignments, then what its words run. */
export function walkSimple(node: Simple, context: Context): void {
  const { scope, run } = context;
  const env: Record<string, string> = {};
  for (const prefix of node.prefix) {
    if (prefix.type !== 'Assignment') continue;
    const word = assigned(prefix);
    if (!word) continue;
    walkSubstitutions(word, context, node.name ? 'followed' : effective(context));
    const value = expandText(word, scope, run.budget);
    if (node.name) env[prefix.name] = value;
    else scope.set(prefix.name, settled(value, prefix.append ? scope.get(prefix.name) : ''));
  }
  const redirects = readRedirects(node.redirects, context);
  if (!node.name) {
    if (redirects.some(({ target }) => target.startsWith('/dev/tcp/'))) emit([], env, redirects, node, context);
    return;
  }
  const inTest = testWords(node) !== undefined;
  const argv = expandWord(node.name, scope, run.budget);
  const name = argv[0] ?? '';
  const declares = ['export', 'local', 'readonly', 'declare', 'typeset'].includes(name);
  for (const arg of node.args) {
    const word = arg.type === 'Word' ? arg : assigned(arg);
    if (word) walkSubstitutions(word, context, inTest ? 'condition' : 'followed');
    if (arg.type === 'Word') argv.push(...expandWord(arg, scope, run.budget));
    else if (word) {
      const value = expandText(word, scope, run.budget);
      if (declares) scope.set(arg.name, settled(value, ''));
      argv.push(`${arg.name}=${value}`);
    }
    if (name === 'local') scope.locals.add(arg.type === 'Word' ? arg.value : arg.name);
    else if (declares) scope.exported.add(arg.type === 'Word' ? arg.value : arg.name);
    if (argv.length > 2000) break;
  }
  if (builtin(name, argv, context)) return;
  runWords(argv, 0, env, redirects, {
    ...context,
    ...(context.marks.has(node) && { mark: context.marks.get(node) }),
    at: context.at ?? { start: node.pos, end: node.end },
  });
}

/** A value that only the container knows is unknown, not a text with a dollar sign. */
function settled(value: string, before: string | undefined): string | undefined {
  if (before === undefined) return undefined;
  return /^(?:\$\(|`)/.test(value) ? undefined : before + value;
}

function builtin(name: string, argv: readonly string[], context: Context): boolean {
  const { shell, scope } = context;
  if (name === 'set') {
    for (const [i, word] of argv.entries()) {
      if (i === 0) continue;
      if (word === '--') {
        scope.args = argv.slice(i + 1);
        break;
      }
      const on = word.startsWith('-');
      if (!on && !word.startsWith('+')) continue;
      if (word.includes('e')) shell.errexit = on;
      if (word.endsWith('o') && argv[i + 1] === 'pipefail') shell.pipefail = on;
      if (word.endsWith('o') && argv[i + 1] === 'errexit') shell.errexit = on;
    }
    return true;
  }
  if (name === 'shift') {
    scope.args = scope.args?.slice(Number(argv[1] ?? 1) || 1);
    return true;
  }
  if (name === 'trap') {
    if (argv.slice(2).some((signal) => /^(?:(?:SIG)?EXIT|0|ERR)$/.test(signal))) setTrap(argv[1] ?? '', shell);
    return false;
  }
  if (name === 'unset') {
    for (const word of argv.slice(1)) scope.set(word, undefined);
    return true;
  }
  return name === 'export' || name === 'local' || name === 'readonly' || name === 'declare' || name === 'typeset';
}

/** A trap that ends with `exit 0`: its status is that of the shell, whatever failed before. */
function setTrap(action: string, shell: Shell): void {
  const called = shell.functions.get(action.trim());
  const text = called ? called.source.slice(called.body.pos, called.body.end) : action;
  if (/(?:^|[;\n{&])\s*exit\s+0[\s;}]*$/.test(text)) shell.forgiving = true;
  else delete shell.forgiving;
}

/** Notes a command. */
export function emit(
  argv: string[],
  env: Record<string, string>,
  redirects: Command['redirects'],
  node: SyntaxNode | undefined,
  context: Context,
): void {
  if (context.run.budget.commands-- <= 0) return;
  const marked = node ? (context.marks.get(node) ?? context.mark) : context.mark;
  const lost = (marked ? marked.lost : effective(context)) ?? (context.shell.forgiving && 'trap');
  const doubt = marked && context.around ? context.around.doubt : doubtIn(context);
  const at = context.at ?? { start: node?.pos ?? 0, end: node?.end ?? 0 };
  if (argv[0] === 'wait' && argv.length > 1) waitFor(lost, context);
  const command: Command = {
    argv,
    env: { ...exportsOf(context.scope), ...env },
    redirects,
    ...(marked && { loop: marked.loop }),
    ...(lost && { lost }),
    ...(doubt !== undefined && { doubt }),
    ...(context.shell.started && { beside: true as const }),
    ...(context.instead && { instead: context.instead }),
    ...(context.timeout !== undefined && { timeout: context.timeout }),
    start: at.start,
    end: at.end,
    script: context.script,
  };
  context.run.found.push(command);
  if (lost === 'background') context.shell.awaited.push(command);
}

/** `wait PID` has the status of what ran in the background; of which of several, only the container knows. */
function waitFor(lost: Lost, { shell }: Context): void {
  for (const command of shell.awaited) {
    if (lost === undefined) delete command.lost;
    else command.lost &&= lost;
  }
}

function exportsOf(scope: Scope): Record<string, string> {
  const env: Record<string, string> = {};
  let n = 0;
  for (const name of scope.exported) {
    const value = scope.get(name);
    if (value !== undefined) env[name] = value;
    if (++n > 50) break;
  }
  return env;
}

/** Runs words: a function, a wrapper's command, a shell's text, a known file, or the command itself. */
export function runWords(
  argv: string[],
  shift: number,
  env: Record<string, string>,
  redirects: Command['redirects'],
  context: Context,
  scriptOf?: (index: number) => Script,
): void {
  const name = argv[0];
  const isTooDeep = context.depth > maxDepth;
  if (isTooDeep) cut(context);
  if (name === undefined || isTooDeep || isSpent(context.run.budget)) {
    if (redirects.length > 0) emit(argv, env, redirects, undefined, context);
    return;
  }
  const inner: Context = { ...context, depth: context.depth + 1 };
  const called = context.shell.functions.get(name);
  if (called) return callFunction(called, argv, inner);
  const again = context.run.options.repeats?.(argv);
  if (again) {
    const { words, ...loop } = again;
    const lost = effective(context);
    return runWords(words, -1, env, redirects, { ...inner, mark: { loop, lost } });
  }
  const base = baseName(name);
  const unwrapped = unwrap(argv);
  if (unwrapped) {
    const status = effective(context);
    // The shell is no more when it ends: no trap of it runs.
    if (base === 'exec') inner.shell = { ...context.shell, forgiving: undefined };
    if (base === 'timeout') {
      inner.timeout = unwrapped.seconds;
      inner.limit = { seconds: unwrapped.seconds, fate: status };
    }
    if (unwrapped.text !== undefined)
      return runText(unwrapped.text, shift + unwrapped.shift, undefined, inner, scriptOf);
    return runWords(unwrapped.argv, shift + unwrapped.shift, { ...env, ...unwrapped.env }, redirects, inner, scriptOf);
  }
  if (shells.has(base)) {
    if (runShell(argv, shift, redirects, inner, scriptOf)) return;
  } else if (base === 'eval') return runText(argv.slice(1).join(' '), -1, undefined, inner);
  else if ((base === 'source' || base === '.') && argv[1] !== undefined) {
    const known = runFile(argv[1], [], inner, context.shell);
    if (context.shell.left === 'return') delete context.shell.left;
    if (known) return;
  } else if (name.includes('/') && runFile(name, argv.slice(1), inner)) return;
  emit(argv, env, redirects, undefined, context);
  const wrapped = context.run.options.wraps?.(argv);
  if (wrapped !== undefined && wrapped > 0 && wrapped < argv.length)
    runWords(argv.slice(wrapped), shift + wrapped, env, [], inner, scriptOf);
}

function callFunction(called: { body: SyntaxNode; source: string }, argv: readonly string[], context: Context): void {
  const status = effective(context);
  const inner: Context = {
    ...context,
    scope: context.scope.fork(argv.slice(1)),
    marks: new Map(),
    source: called.source,
    value: status,
    back: status,
    after: [],
    mark: undefined,
    calls: {
      bodies: new Set([...(context.calls?.bodies ?? []), called.body]),
      again: context.calls?.again === true || context.calls?.bodies.has(called.body) === true,
    },
  };
  const body = called.body as PipelineNode;
  if (context.mark)
    mark(body, true, context.mark, frameOf(inner, { type: 'CompoundList', pos: 0, end: 0, commands: [] }, ''));
  const { doubt } = context.shell;
  inner.run.walk.node(body, inner);
  // A `return` leaves the function only.
  if (context.shell.left === 'return') delete context.shell.left;
  if (context.shell.doubt?.by === 'return') context.shell.doubt = doubt;
  // What a function sets is set for its caller.
  for (const [name, value] of inner.scope.own) if (!inner.scope.locals.has(name)) context.scope.set(name, value);
}

/** A shell that another one starts: it inherits no trap, but what its failure comes to. */
function newShell(call: ShellCall | undefined, { started, forgiving }: Shell): Shell {
  return {
    errexit: call?.errexit ?? false,
    pipefail: call?.pipefail ?? false,
    functions: new Map(),
    awaited: [],
    ...(started && { started }),
    ...(forgiving && { forgiving }),
  };
}

function runShell(
  argv: readonly string[],
  shift: number,
  redirects: Command['redirects'],
  context: Context,
  scriptOf?: (index: number) => Script,
): boolean {
  const call = shellCall(argv);
  if (call.text !== undefined) {
    runText(
      argv[call.text] ?? '',
      shift + call.text,
      { call, args: argv.slice(call.rest + 1), zero: argv[call.rest] },
      context,
      scriptOf,
    );
    return true;
  }
  if (call.file !== undefined) return runFile(argv[call.file] ?? '', argv.slice(call.rest), context, undefined, call);
  const here = redirects.find(({ op }) => op.startsWith('<<'));
  if (here) runText(here.target, -1, { call, args: [] }, context);
  return here !== undefined;
}

function runText(
  text: string,
  index: number,
  shell: { call: ShellCall; args: readonly string[]; zero?: string } | undefined,
  context: Context,
  scriptOf?: (index: number) => Script,
): void {
  const status = effective(context);
  const inner: Context = { ...context, after: [] };
  if (shell) {
    inner.shell = newShell(shell.call, context.shell);
    inner.doubt = doubtIn(context);
    inner.scope = context.scope.fork(shell.args);
    inner.scope.zero = shell.zero;
    Object.assign(inner, { value: status, exit: status, back: status, ignore: false, timeout: undefined });
  }
  if (scriptOf && index >= 0) {
    inner.script = { ...scriptOf(index), text };
    inner.at = undefined;
  }
  inner.run.walk.text(text, inner);
}

/** Follows a script file; false when it is not known or not for a shell. */
function runFile(path: string, args: readonly string[], context: Context, sourced?: Shell, call?: ShellCall): boolean {
  const text = context.run.options.readFile?.(path);
  if (text === undefined) return false;
  const shebang = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(text.slice(0, 200));
  const interpreter =
    shebang && baseName(baseName(shebang[1] ?? '') === 'env' ? (shebang[2] ?? '') : (shebang[1] ?? ''));
  if (!call && !sourced && (interpreter ? !shells.has(interpreter) : /\.(py|js|mjs|ts|rb|php|pl)$/.test(path)))
    return false;
  const status = effective(context);
  const inner: Context = { ...context, script: { text, origin: 'file', path }, at: undefined, after: [] };
  if (!sourced) {
    inner.shell = newShell(call, context.shell);
    inner.doubt = doubtIn(context);
    inner.scope = context.scope.fork(args);
    Object.assign(inner, { value: status, exit: status, back: status, ignore: false, timeout: undefined });
  }
  inner.run.walk.text(text, inner);
  return true;
}
