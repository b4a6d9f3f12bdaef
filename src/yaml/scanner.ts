import {
  COLON,
  DASH,
  DOT,
  HASH,
  isBlank,
  isBlankOrEnd,
  isBreak,
  NUL,
  PERCENT,
  QUESTION,
  SPACE,
  TAB,
} from './characters.ts';
import { Cursor } from './cursor.ts';
import { anchorName, directive, tagParts } from './properties.ts';
import { blockScalar, plainScalar, quotedScalar } from './scalars.ts';
import type { Token, TokenType } from './token.ts';

/** A token that turns out to be a key where a `:` follows it on the same line. */
interface SimpleKey {
  /** Number of the token, counted from the beginning of the text. */
  token: number;
  start: number;
  column: number;
  line: number;
  /** Nothing else may stand there. */
  required: boolean;
}

/** How far behind the start of a key its `:` may stand, in characters. */
const longestKey = 1024;

/** Splits a text into tokens as libyaml does, in the version that go-yaml v2 made of it. Throws `YamlError`. */
export class Scanner {
  private readonly cursor: Cursor;
  private readonly queue: Token[] = [];
  private head = 0;
  /** How many tokens were handed out. */
  private taken = 0;
  private ended = false;
  private indent = -1;
  private readonly indents: number[] = [];
  /** The possible key of the block and of each flow collection that is open. */
  private readonly keys: (SimpleKey | undefined)[] = [undefined];
  private readonly keyByToken = new Map<number, SimpleKey>();
  private keyAllowed = true;

  constructor(text: string, start: number) {
    this.cursor = new Cursor(text, start);
  }

  /** The next token, which stays the next one. */
  peek(): Token {
    while (this.needsMore()) this.fetch();
    return this.queue[this.head]!;
  }

  /** Takes the token that `peek` showed. */
  skip(): void {
    this.head += 1;
    this.taken += 1;
    if (this.head > 256) {
      this.queue.splice(0, this.head);
      this.head = 0;
    }
  }

  private get inFlow(): boolean {
    return this.keys.length > 1;
  }

  private needsMore(): boolean {
    if (this.ended) return false;
    if (this.head === this.queue.length) return true;
    const key = this.keyByToken.get(this.taken);
    return key !== undefined && this.stillPossible(key);
  }

  private fetch(): void {
    this.skipToToken();
    const { cursor } = this;
    if (!this.inFlow) this.closeBlocks(cursor.column);
    const code = cursor.at();
    if (code === NUL) return this.fetchEnd();
    if (cursor.pos === cursor.lineStart) {
      if (code === PERCENT) return this.fetchDirective();
      if ((code === DASH || code === DOT) && cursor.atDocumentMark()) return this.fetchDocumentMark(code);
    }
    switch (cursor.text[cursor.pos]) {
      case '[':
        return this.openFlow('flow-sequence-start');
      case '{':
        return this.openFlow('flow-mapping-start');
      case ']':
        return this.closeFlow('flow-sequence-end');
      case '}':
        return this.closeFlow('flow-mapping-end');
      case ',':
        this.dropKey();
        this.keyAllowed = true;
        return this.indicator('flow-entry', 1);
      case '-':
        if (isBlankOrEnd(cursor.at(1))) return this.fetchBlockEntry();
        break;
      case '?':
        if (this.inFlow || isBlankOrEnd(cursor.at(1))) return this.fetchKey();
        break;
      case ':':
        if (this.inFlow || isBlankOrEnd(cursor.at(1))) return this.fetchValue();
        break;
      case '*':
      case '&':
        return this.fetchAnchor();
      case '!':
        return this.fetchTag();
      case '|':
      case '>':
        if (!this.inFlow) return this.fetchBlockScalar();
        break;
      case "'":
      case '"':
        return this.fetchQuoted();
    }
    if (!this.startsPlain(code)) cursor.fail('a character that cannot start a value');
    this.fetchPlain();
  }

  private startsPlain(code: number): boolean {
    if (code === DASH) return !isBlank(this.cursor.at(1));
    if (code === QUESTION || code === COLON) return !this.inFlow && !isBlankOrEnd(this.cursor.at(1));
    return !isBlankOrEnd(code) && !',[]{}#&*!|>\'"%@`'.includes(String.fromCharCode(code));
  }

  /** Over blanks, comments and line breaks. Tabs do not indent. */
  private skipToToken(): void {
    const { cursor } = this;
    for (;;) {
      let code = cursor.at();
      while (code === SPACE || (code === TAB && (this.inFlow || !this.keyAllowed))) {
        cursor.pos += 1;
        code = cursor.at();
      }
      if (code === HASH) {
        cursor.skipLine();
        code = cursor.at();
      }
      if (!isBreak(code)) return;
      cursor.takeBreak();
      if (!this.inFlow) this.keyAllowed = true;
    }
  }

  private push(type: TokenType, start: number, end: number, value = '', suffix = '', plain = false): void {
    this.queue.push({ type, start, end, value, suffix, plain });
  }

  private indicator(type: TokenType, length: number): void {
    const start = this.cursor.pos;
    this.cursor.pos += length;
    this.push(type, start, this.cursor.pos);
  }

  private stillPossible(key: SimpleKey): boolean {
    const { cursor } = this;
    if (key.line === cursor.line && !longerThan(cursor.text, key.start, cursor.pos, longestKey)) return true;
    if (key.required) cursor.fail("a line without the ':' that it needs here", key.start);
    this.forget(key);
    return false;
  }

  private forget(key: SimpleKey): void {
    this.keyByToken.delete(key.token);
    const last = this.keys.length - 1;
    if (this.keys[last] === key) this.keys[last] = undefined;
  }

  private saveKey(): void {
    if (!this.keyAllowed) return;
    const { cursor } = this;
    const key: SimpleKey = {
      token: this.taken + this.queue.length - this.head,
      start: cursor.pos,
      column: cursor.column,
      line: cursor.line,
      required: !this.inFlow && this.indent === cursor.column,
    };
    this.dropKey();
    this.keys[this.keys.length - 1] = key;
    this.keyByToken.set(key.token, key);
  }

  /** What might have been a key is none. */
  private dropKey(): void {
    const key = this.keys[this.keys.length - 1];
    if (!key) return;
    if (key.required) this.cursor.fail("a line without the ':' that it needs here", key.start);
    this.forget(key);
  }

  /**
   * Begins a block collection where the column is deeper than the one that is open; `at` is the number of its first
   * token.
   */
  private openBlock(type: TokenType, column: number, start: number, at?: number): void {
    if (this.inFlow || this.indent >= column) return;
    this.indents.push(this.indent);
    this.indent = column;
    if (this.indents.length > 10_000) this.cursor.fail('nested too deep');
    this.insert(type, start, at);
  }

  private insert(type: TokenType, start: number, at?: number): void {
    const token: Token = { type, start, end: start, value: '', suffix: '', plain: false };
    if (at === undefined) this.queue.push(token);
    else this.queue.splice(this.head + at - this.taken, 0, token);
  }

  private closeBlocks(column: number): void {
    while (this.indent > column) {
      this.push('block-end', this.cursor.pos, this.cursor.pos);
      this.indent = this.indents.pop()!;
    }
  }

  private fetchEnd(): void {
    if (!this.inFlow) this.closeBlocks(-1);
    this.dropKey();
    this.keyAllowed = false;
    this.push('stream-end', this.cursor.pos, this.cursor.pos);
    this.ended = true;
  }

  private fetchDirective(): void {
    if (!this.inFlow) this.closeBlocks(-1);
    this.dropKey();
    this.keyAllowed = false;
    const start = this.cursor.pos;
    const { name, value, suffix } = directive(this.cursor);
    this.push(name === 'YAML' ? 'yaml-directive' : 'tag-directive', start, this.cursor.pos, value, suffix);
  }

  private fetchDocumentMark(code: number): void {
    if (!this.inFlow) this.closeBlocks(-1);
    this.dropKey();
    this.keyAllowed = false;
    this.indicator(code === DASH ? 'document-start' : 'document-end', 3);
  }

  private openFlow(type: TokenType): void {
    this.saveKey();
    this.keys.push(undefined);
    if (this.keys.length > 10_000) this.cursor.fail('nested too deep');
    this.keyAllowed = true;
    this.indicator(type, 1);
  }

  private closeFlow(type: TokenType): void {
    this.dropKey();
    if (this.inFlow) this.keys.pop();
    this.keyAllowed = false;
    this.indicator(type, 1);
  }

  private fetchBlockEntry(): void {
    const { cursor } = this;
    if (!this.inFlow) {
      if (!this.keyAllowed) cursor.fail("a '-' where no list can begin");
      this.openBlock('block-sequence-start', cursor.column, cursor.pos);
    }
    this.dropKey();
    this.keyAllowed = true;
    this.indicator('block-entry', 1);
  }

  private fetchKey(): void {
    const { cursor } = this;
    if (!this.inFlow) {
      if (!this.keyAllowed) cursor.fail("a '?' where no key can begin");
      this.openBlock('block-mapping-start', cursor.column, cursor.pos);
    }
    this.dropKey();
    this.keyAllowed = !this.inFlow;
    this.indicator('key', 1);
  }

  private fetchValue(): void {
    const { cursor } = this;
    const key = this.keys[this.keys.length - 1];
    if (key && this.stillPossible(key)) {
      this.insert('key', key.start, key.token);
      this.openBlock('block-mapping-start', key.column, key.start, key.token);
      this.forget(key);
      this.keyAllowed = false;
    } else {
      if (!this.inFlow) {
        if (!this.keyAllowed) cursor.fail("a ':' where no mapping can begin");
        this.openBlock('block-mapping-start', cursor.column, cursor.pos);
      }
      this.keyAllowed = !this.inFlow;
    }
    this.indicator('value', 1);
  }

  private fetchAnchor(): void {
    this.saveKey();
    this.keyAllowed = false;
    const start = this.cursor.pos;
    const type = this.cursor.text[start] === '*' ? 'alias' : 'anchor';
    const name = anchorName(this.cursor);
    this.push(type, start, this.cursor.pos, name);
  }

  private fetchTag(): void {
    this.saveKey();
    this.keyAllowed = false;
    const start = this.cursor.pos;
    const { handle, suffix } = tagParts(this.cursor);
    this.push('tag', start, this.cursor.pos, handle, suffix);
  }

  private fetchBlockScalar(): void {
    this.dropKey();
    this.keyAllowed = true;
    const start = this.cursor.pos;
    const { value, end } = blockScalar(this.cursor, this.indent);
    this.push('scalar', start, end, value);
  }

  private fetchQuoted(): void {
    this.saveKey();
    this.keyAllowed = false;
    const start = this.cursor.pos;
    const value = quotedScalar(this.cursor, this.cursor.text[start] === "'");
    this.push('scalar', start, this.cursor.pos, value);
  }

  private fetchPlain(): void {
    this.saveKey();
    this.keyAllowed = false;
    const start = this.cursor.pos;
    const { value, end, broken } = plainScalar(this.cursor, this.indent + 1, this.inFlow);
    if (broken) this.keyAllowed = true;
    this.push('scalar', start, end, value, '', true);
  }
}

/** Whether more than `most` characters stand between two offsets; one outside of the first plane counts once. */
function longerThan(text: string, from: number, to: number, most: number): boolean {
  return to - from > most && [...text.slice(from, Math.min(to, from + 2 * most + 2))].length > most;
}
