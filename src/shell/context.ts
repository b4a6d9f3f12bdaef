import type { CommandNode, PipelineNode, Statement, SyntaxNode } from 'unbash';
import type { Command, Loop, Script } from './command.ts';
import type { Budget, Scope } from './words.ts';
import { assignmentsOf, type Mark, type Marks, type List, type Frame } from './frame.ts';

/** What the caller knows besides the text. */
export interface ShellOptions {
  /** Content of a file by its path in the container; scripts that it knows are followed. */
  readFile?: (path: string) => string | undefined;
  /** Further commands that run another one: the index of its first word in `argv`. */
  wraps?: (argv: readonly string[]) => number | undefined;
  /** Commands that repeat another one until it succeeds. */
  repeats?: (argv: readonly string[]) => ({ words: string[] } & Loop) | undefined;
  /** `$1`, `$2`, …; unknown when absent. */
  args?: readonly string[];
  errexit?: boolean;
  pipefail?: boolean;
  /** Called where a bound ended the reading: commands may be missing. */
  onCut?: () => void;
}

/** Why a status is lost. */
export type Lost = Command['lost'];
/** One parse: its budget, what it found, and the way back into the tree. */
export interface Run {
  budget: Budget;
  /** A bound ended the reading of a text; functions that call themselves are followed only so far on purpose. */
  cut: boolean;
  found: Command[];
  options: ShellOptions;
  walk: {
    node(node: PipelineNode, context: Context): void;
    list(statements: readonly Statement[], context: Context): void;
    pipe(commands: readonly CommandNode[], context: Context): void;
    text(text: string, context: Context): void;
  };
}
/** The state of one shell process. */
export interface Shell {
  errexit: boolean;
  pipefail: boolean;
  functions: Map<string, { body: SyntaxNode; source: string }>;
  /** What follows never runs. */
  left?: 'exit' | 'return';
  /** The condition on which the script goes on here (`if …; then exit 0; fi`), where nothing decides it. */
  doubt?: { text: string; by: 'exit' | 'return' };
  /** Something runs in the background. */
  started?: true;
  /** A trap makes each failure of this shell a success: `trap 'exit 0' EXIT`. */
  forgiving?: true;
  /** What runs in the background, until a `wait` asks for its status. */
  awaited: Command[];
}
/** Where the walk stands. */
export interface Context {
  run: Run;
  shell: Shell;
  scope: Scope;
  marks: Marks;
  source: string;
  script: Script;
  /** Offsets of the outer command, for text within a word. */
  at?: { start: number; end: number };
  /** What becomes of a failing status here, of `exit 1` here, of `return 1` here. */
  value: Lost;
  exit: Lost;
  back: Lost;
  /** `set -e` does nothing here. */
  ignore: boolean;
  background: boolean;
  /** The condition on which this runs, where the visible variables do not decide it. */
  doubt?: string;
  /** The doubt about the innermost loop: what the loop waits for is as certain as the loop. */
  around?: { doubt?: string };
  /** What runs when the command here fails: `CMD || THIS`. */
  instead?: Command['instead'];
  /** A `timeout` around everything here. */
  limit?: { seconds?: number; fate: Lost };
  /** The mark of the command whose text or function this is. */
  mark?: Mark;
  timeout?: number;
  depth: number;
  /** The functions that are being called here, and whether one of them calls itself. */
  calls?: { bodies: ReadonlySet<unknown>; again: boolean };
  /** What the list goes on with after the statement. */
  after: readonly Statement[];
}

export const maxText = 200_000;
export const maxDepth = 40;

/** What a failing simple command does here. */
export function effective(context: Context): Lost {
  return context.shell.errexit && !context.ignore ? context.exit : context.value;
}

/** The condition on which a command here runs; absent where it is certain to. */
export function doubtIn(context: Context): string | undefined {
  return context.doubt ?? context.shell.doubt?.text;
}

/** A subshell: what it sets does not come out. */
export function fork(context: Context): Context {
  return {
    ...context,
    scope: context.scope.fork(),
    shell: { ...context.shell, functions: new Map(context.shell.functions) },
  };
}

/** What the analysis of a loop or of an asked list starts from. */
export function frameOf(context: Context, body: List, text: string): Frame {
  return {
    source: context.source,
    marks: context.marks,
    steps: context.run.budget,
    body: text,
    assignments: assignmentsOf(body, new Map(), context.run.budget),
  };
}

/** Notes that a bound ended the reading here; a function that calls itself may go on for ever and is no loss. */
export function cut(context: Context): void {
  if (!context.calls?.again) context.run.cut = true;
}
