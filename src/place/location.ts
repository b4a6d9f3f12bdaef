/** A line of a file, named as findings name files. */
export interface FileLine {
  file: string;
  line: number;
}

/** Where a finding stands, for people: the chart's own template where that is known. Lines and columns count from 1. */
export interface Location {
  /** Relative to the working directory. */
  file: string;
  line: number;
  column: number;
  endLine?: number;
  endColumn?: number;
  /**
   * `block`: the line is not known, only the template or the block of it that wrote the resource. Absent: the very
   * line.
   */
  precision?: 'block';
  /**
   * For a place in the last revision: where its file is, or was, in the chart. `file` then begins with the revision.
   */
  lastRevisionOf?: string;
  /** For a line in a named template: where it is included. */
  includedAt?: { file: string; line: number };
  /**
   * Where the value comes from, for a line that prints one of the values as it is: what people edit. `path` is
   * `.Values.job.ttl`.
   */
  value?: { path: string; file: string; line: number };
  /** The line of the rendered document, for `--show-rendered`. */
  rendered?: { text: string; line: number };
}
