import { CR, isBreak, LF } from './characters.ts';
import { YamlError } from './token.ts';

/** A place in a text that moves forward only, and knows its line and column as YAML counts them. */
export class Cursor {
  /** The text, with a NUL behind it. */
  readonly text: string;
  /** Every line of the text ends with a line feed. */
  readonly simple: boolean;
  pos: number;
  line = 0;
  /** Where the line begins. */
  lineStart: number;

  constructor(text: string, start: number) {
    this.text = `${text}\0`;
    this.simple = !['\r', '\u0085', '\u2028', '\u2029'].some((end) => text.includes(end));
    this.pos = start;
    this.lineStart = start;
  }

  /** The character at the cursor, or behind it. */
  at(ahead = 0): number {
    return this.text.charCodeAt(this.pos + ahead);
  }

  get column(): number {
    return this.pos - this.lineStart;
  }

  /**
   * Moves behind a line break, and returns what it counts as: a line feed, but for LS and PS, which stay what they are.
   */
  takeBreak(): string {
    const code = this.at();
    const text = code === 0x2028 || code === 0x2029 ? this.text[this.pos]! : '\n';
    this.pos += code === CR && this.at(1) === LF ? 2 : 1;
    this.line += 1;
    this.lineStart = this.pos;
    return text;
  }

  /** Moves to the end of the line. */
  skipLine(): void {
    if (this.simple) {
      const end = this.text.indexOf('\n', this.pos);
      this.pos = end === -1 ? this.text.length - 1 : end;
      return;
    }
    let code = this.at();
    while (code !== 0 && !isBreak(code)) {
      this.pos += 1;
      code = this.at();
    }
  }

  /** Whether `---` or `...` stands here, at the beginning of a line. */
  atDocumentMark(): boolean {
    const code = this.text.charCodeAt(this.pos);
    if ((code !== 45 && code !== 46) || this.pos !== this.lineStart) return false;
    if (this.at(1) !== code || this.at(2) !== code) return false;
    const behind = this.at(3);
    return behind === 32 || behind === 9 || behind === 0 || isBreak(behind);
  }

  fail(message: string, offset = this.pos): never {
    throw new YamlError(message, offset);
  }
}
