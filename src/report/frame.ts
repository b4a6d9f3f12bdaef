import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import type { Location } from '../place/index.ts';

/** A line of a code frame: number, text, and whether it is the one that is meant. */
export interface FrameLine {
  number: number;
  text: string;
  marked: boolean;
  /** What stands before the column that is meant. */
  before?: string;
}

const maxBytes = 2 * 1024 * 1024;

/**
 * Reads the lines around findings, each file once; only such as lie in the working directory or in a chart, links
 * followed: a report is read by others.
 */
export class Frames {
  private readonly cwd: string;
  private readonly files = new Map<string, readonly string[] | undefined>();

  private readonly roots: readonly string[];
  private readonly pulled: readonly { folder: string; shown: string }[];

  /** `pulled`: the folders of charts that have another name in the report. */
  constructor(cwd: string, charts: readonly string[], pulled: readonly { folder: string; shown: string }[] = []) {
    this.cwd = cwd;
    this.pulled = pulled;
    this.roots = [cwd, ...charts.map((path) => this.onDisk(path))]
      .flatMap((path) => realPath(path) ?? [])
      .filter((path) => path !== dirname(path));
  }

  /**
   * The line of a place with the one before it, and with the one behind it where the line is not certain or it is asked
   * for; empty where the file is not on disk.
   */
  around({ file, line, column, precision }: Location, behind = precision === 'block'): FrameLine[] {
    const lines = this.read(file);
    if (!lines || line > lines.length) return [];
    const from = Math.max(1, line - 1);
    const shown = (text: string) => text.replaceAll('\t', '  ');
    return lines.slice(from - 1, behind ? line + 1 : line).map((text, index) => ({
      number: from + index,
      text: shown(text),
      marked: from + index === line,
      ...(from + index === line && precision !== 'block' && { before: shown(text.slice(0, column - 1)) }),
    }));
  }

  /** The absolute path of a file as a report names it. */
  onDisk(file: string): string {
    const from = this.pulled.find(({ shown }) => file === shown || file.startsWith(`${shown}/`));
    return from ? join(from.folder, file.slice(from.shown.length)) : resolve(this.cwd, file);
  }

  private read(file: string): readonly string[] | undefined {
    if (!this.files.has(file)) {
      const path = realPath(this.onDisk(file));
      const inside = path !== undefined && this.roots.some((root) => path === root || path.startsWith(root + sep));
      const stat = inside ? statSync(path, { throwIfNoEntry: false }) : undefined;
      this.files.set(
        file,
        path !== undefined && stat?.isFile() && stat.size <= maxBytes
          ? readFileSync(path, 'utf8').split(/\r?\n/)
          : undefined,
      );
    }
    return this.files.get(file);
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
