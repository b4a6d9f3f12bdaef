/** The tokens of YAML, named as in libyaml, whose grammar go-yaml v2 has. */
export type TokenType =
  | 'stream-end'
  | 'yaml-directive'
  | 'tag-directive'
  | 'document-start'
  | 'document-end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | 'flow-sequence-start'
  | 'flow-sequence-end'
  | 'flow-mapping-start'
  | 'flow-mapping-end'
  | 'block-entry'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

/** A token and where it stands: offsets in the text, the end not included. */
export interface Token {
  type: TokenType;
  start: number;
  end: number;
  /** A scalar's text, an anchor's name, a tag's or directive's handle. */
  value: string;
  /** A tag's suffix, a directive's prefix or version. */
  suffix: string;
  /** A scalar without quotes and not a block. */
  plain: boolean;
}

/** A text that go-yaml v2 refuses, or that this reader does not read. */
export class YamlError extends Error {
  /** Where in the text. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}
