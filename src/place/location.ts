/** Where a finding stands, for people: the chart's own template where that is known. Lines and columns count from 1. */
export interface Location {
  /** Relative to the working directory. */
  file: string;
  line: number;
  column: number;
  endLine?: number;
  endColumn?: number;
}
