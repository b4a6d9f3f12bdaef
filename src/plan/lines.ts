import { styleText } from 'node:util';
import { safeLine } from '../report/safe.ts';

/** Columns of a plan as text, whatever the terminal: two plans are to be compared line by line. */
export const width = 100;
const middleColumn = 46;

export type Style = Parameters<typeof styleText>[0];

/** A part of a line with its style. */
export interface Cell {
  text: string;
  style?: Style;
}

/** Lines of text in three columns. */
export class Lines {
  private readonly out: string[] = [];
  private readonly color: boolean;

  constructor(color: boolean) {
    this.color = color;
  }

  /** A line: what, how it goes, and where it is written, at the right. What does not fit goes on in the next line. */
  row(indent: number, left: Cell, middle?: Cell, place = ''): void {
    const rows: Cell[][] = [];
    let line: Cell[] = [];
    let used = 0;
    const put = (cell: Cell, column: number) => {
      const text = clip(cell.text, width - indent - 4);
      // One blank is enough where the columns are kept by it.
      const gap = used + 1 === column ? 1 : 2;
      const from = Math.max(column, used === 0 ? 0 : used + gap);
      if (used > 0 && from + text.length > width) {
        rows.push(line);
        line = [];
        used = 0;
        return put(cell, column > middleColumn ? column : indent + 4);
      }
      line.push({ text: ' '.repeat(from - used) }, { ...cell, text });
      used = from + text.length;
    };
    put(left, indent);
    if (middle && middle.text) put(middle, middleColumn);
    if (place) {
      const text = clipStart(place, width - indent - 4);
      put({ text, style: 'dim' }, width - text.length);
    }
    rows.push(line);
    for (const cells of rows)
      this.out.push(
        cells
          .map(({ text, style }) => this.paint(text, style))
          .join('')
          .trimEnd(),
      );
  }

  /** A paragraph, its words wrapped. */
  text(indent: number, text: string, style?: Style, further = indent): void {
    let line = '';
    const flush = (next: string) => {
      this.out.push(this.paint(line, style));
      line = next;
    };
    for (const word of safeLine(text).split(' ')) {
      const fitting = clip(word, width - further - 1);
      if (line === '') line = ' '.repeat(indent) + fitting;
      else if (line.length + 1 + fitting.length <= width) line += ` ${fitting}`;
      else flush(' '.repeat(further) + fitting);
    }
    flush('');
  }

  blank(): void {
    if (this.out.length > 0 && this.out.at(-1) !== '') this.out.push('');
  }

  toString(): string {
    return `${this.out.join('\n').trimEnd()}\n`;
  }

  private paint(text: string, style: Style | undefined): string {
    return this.color && style && text.trim() ? styleText(style, text, { validateStream: false }) : text;
  }
}

function clip(text: string, most: number): string {
  const plain = safeLine(text);
  return plain.length > most ? `${plain.slice(0, most - 1)}…` : plain;
}

/** Of a path the end says most. */
function clipStart(text: string, most: number): string {
  const plain = safeLine(text);
  return plain.length > most ? `…${plain.slice(1 - most)}` : plain;
}
