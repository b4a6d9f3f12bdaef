import type { Action } from './model/index.ts';
import type { Place, Resource } from './parse/index.ts';

/**
 * How bad a finding is. `error`: cannot succeed, whatever the cluster holds. `warning`: fails under facts that the
 * chart does not show, and the message names them. `info`: works, but a person would want to know.
 */
export type Severity = 'error' | 'warning' | 'info';

/** A safe edit of a template: what the value at `at` becomes. Absent `at` values are inserted. */
export interface Edit {
  at: Place;
  /**
   * `set`: replace the value (or insert the key); `remove`: drop the key and its value; `rename`: another key for the
   * value.
   */
  action: 'set' | 'remove' | 'rename';
  /** The new value or key, as YAML text. */
  text?: string;
}

/** What a rule says: where, what, and the chain of reasons, each with its own place. */
export interface Report {
  at: Place;
  /** One sentence that names both ends; no advice in it. */
  message: string;
  because?: readonly { message: string; at?: Place }[];
  /** Overrides the rule's own severity where the certainty differs. */
  severity?: Severity;
  /** The resource that the finding is about, where it is not the one of `at`. */
  resource?: Resource;
  /** Says what to do in this very case; the rule's own `fix` where absent. */
  help?: string;
  /** The edit that fixes it, only where it is certain. */
  fix?: { description: string; edits: readonly Edit[] };
  /** The preset from which on this is reported, where it is a later one than the rule's own. */
  preset?: 'strict' | 'all';
  /** The actions in which it happens, where that is not the one being checked (`uninstall`, or both). */
  actions?: readonly Action[];
}
