/** What went wrong, in a word a program can branch on. */
export type HelmErrorKind =
  | 'missing-helm'
  | 'not-helm'
  | 'template'
  | 'yaml'
  | 'values'
  | 'schema'
  | 'dependencies'
  | 'kube-version'
  | 'library-chart'
  | 'timeout'
  | 'too-large'
  | 'memory'
  | 'network'
  | 'other';

/** The parts of a {@link HelmError} beside its message. */
export interface HelmErrorParts {
  kind: HelmErrorKind;
  /** As Helm names it: `<chart>/templates/x.yaml`, `values.yaml`, or the path given to Helm. */
  file?: string;
  /** Line in `file`, from 1. Absent where Helm only knows the line of a rendered document. */
  line?: number;
  /** Column in `file`, from 1 (Helm's own count, in bytes from 0, plus 1). */
  column?: number;
  missingDependencies?: string[];
  /** The chart's author wrote this refusal: `fail`, `required`, or a schema of values. */
  refused?: boolean;
  /** Everything Helm wrote on stderr, without control characters. */
  detail?: string;
  /** What Helm rendered that is not valid YAML, a block for each template; empty but for a request with `debug`. */
  rendered?: string;
  cause?: unknown;
}

/** Helm could not be had or could not do its work; `message` is one line in plain words. */
export class HelmError extends Error {
  readonly kind: HelmErrorKind;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly missingDependencies?: string[];
  readonly refused: boolean;
  readonly detail?: string;
  readonly rendered?: string;

  constructor(message: string, parts: HelmErrorParts) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'HelmError';
    this.kind = parts.kind;
    this.file = parts.file;
    this.line = parts.line;
    this.column = parts.column;
    this.missingDependencies = parts.missingDependencies;
    this.refused = parts.refused === true;
    this.detail = parts.detail;
    this.rendered = parts.rendered;
  }
}
