/** One simple command that a script runs. */
export interface Command {
  /** Words after expansion; a part that only the running container knows stays as written (`$HOST`, `$(date)`). */
  argv: string[];
  /** Assignments before the command (`A=b cmd`) and what the script exported so far. */
  env: Record<string, string>;
  /** Redirections: `{ op: '<', target: '/dev/tcp/db/5432' }`; the body of a here-document is its target. */
  redirects: { op: string; target: string }[];
  /** The loop that repeats until this command succeeds (`until CMD`, `while ! CMD`, a loop left by `CMD && break`). */
  loop?: Loop;
  /** Why a failure of this command does not fail the script; absent when it does. */
  lost?: 'or-true' | 'followed' | 'pipe' | 'background' | 'condition' | 'trap';
  /** The condition, as written, on which it runs, where the visible variables do not decide it. */
  doubt?: string;
  /** Something was started in the background before it. */
  beside?: true;
  /** What runs instead when it fails (`CMD || THIS`): offsets into `script.text`, and the text. */
  instead?: { start: number; end: number; text: string };
  /** Seconds after which a `timeout` around this very command stops it. */
  timeout?: number;
  /** Offsets into `script.text`. */
  start: number;
  end: number;
  script: Script;
}

/** A loop around a command. */
export interface Loop {
  /** Whether the loop ends by itself (a counter, `for i in 1 2 3`, `timeout 60`). */
  bounded: boolean;
  /** Upper bound in seconds where it can be computed. */
  seconds?: number;
}

/** A piece of shell text and where it came from. */
export interface Script {
  text: string;
  origin: 'command' | 'args' | 'file';
  /** index into command or args */
  index?: number;
  /** path in the container */
  path?: string;
}
