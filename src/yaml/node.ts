import { Scanner } from './scanner.ts';
import { YamlError, type Token } from './token.ts';

/** What a node has beside its content. Offsets are those of the text, without anchor and tag. */
interface Place {
  start: number;
  end: number;
  /** In full (`tag:yaml.org,2002:str`); empty where none is written. */
  tag: string;
}
export interface ScalarNode extends Place {
  kind: 'scalar';
  value: string;
  /** Its type is found by its looks. */
  plain: boolean;
}
export interface MappingNode extends Place {
  kind: 'mapping';
  pairs: { key: YamlNode; value: YamlNode }[];
}
export interface SequenceNode extends Place {
  kind: 'sequence';
  items: YamlNode[];
}
export interface AliasNode extends Place {
  kind: 'alias';
  name: string;
  target: Exclude<YamlNode, AliasNode>;
}
export type YamlNode = ScalarNode | MappingNode | SequenceNode | AliasNode;

/** Deeper than any manifest: a bound for everything that walks through values. */
const maxDepth = 500;

/**
 * The first document of a text, as go-yaml v2 reads it: what stands behind its end is not looked at. `root` is absent
 * where there is no document; `rest` is where what follows the first document begins, absent where nothing does. Throws
 * `YamlError`.
 */
export function parseFirstDocument(text: string, start: number): { root: YamlNode | undefined; rest?: number } {
  return new Composer(text, start).document();
}

const yamlTag = 'tag:yaml.org,2002:';

class Composer {
  private readonly scanner: Scanner;
  private readonly tags = new Map<string, string>();
  private readonly anchors = new Map<string, Exclude<YamlNode, AliasNode>>();

  constructor(text: string, start: number) {
    this.scanner = new Scanner(text, start);
  }

  document(): { root: YamlNode | undefined; rest?: number } {
    const { scanner } = this;
    if (scanner.peek().type === 'stream-end') return { root: undefined };
    const directives = this.directives();
    const first = scanner.peek();
    let root: YamlNode;
    if (first.type === 'document-start') {
      scanner.skip();
      const { type, start } = scanner.peek();
      root =
        type === 'yaml-directive' ||
        type === 'tag-directive' ||
        type === 'document-start' ||
        type === 'document-end' ||
        type === 'stream-end'
          ? empty(start)
          : this.node(true, false, 0);
    } else {
      if (directives) this.fail("directives that no '---' follows", first);
      root = this.node(true, false, 0);
    }
    const behind = scanner.peek();
    return { root, rest: behind.type === 'stream-end' ? undefined : behind.start };
  }

  /** Whether there are any. */
  private directives(): boolean {
    let found = false;
    let version = false;
    for (let token = this.scanner.peek(); ; token = this.scanner.peek()) {
      if (token.type === 'yaml-directive') {
        if (version) this.fail('a second %YAML directive', token);
        if (token.suffix !== '1.1') this.fail('a %YAML directive of another version than 1.1', token);
        version = true;
      } else if (token.type === 'tag-directive') {
        if (this.tags.has(token.value)) this.fail('a second %TAG directive for one handle', token);
        this.tags.set(token.value, token.suffix);
      } else break;
      found = true;
      this.scanner.skip();
    }
    if (!this.tags.has('!')) this.tags.set('!', '!');
    if (!this.tags.has('!!')) this.tags.set('!!', yamlTag);
    return found;
  }

  /** `block`: a block collection may stand here; `indentless`: so may a list that is not indented. */
  private node(block: boolean, indentless: boolean, depth: number): YamlNode {
    const { scanner } = this;
    let token = scanner.peek();
    if (depth > maxDepth) this.fail(`nested deeper than ${maxDepth} levels`, token);
    if (token.type === 'alias') {
      const target = this.anchors.get(token.value);
      if (!target) this.fail(`*${token.value} stands before its anchor`, token);
      scanner.skip();
      return { kind: 'alias', name: token.value, target, start: token.start, end: token.end, tag: '' };
    }
    let anchor: string | undefined;
    let tagToken: Token | undefined;
    let { end } = token;
    while ((token.type === 'anchor' && anchor === undefined) || (token.type === 'tag' && !tagToken)) {
      if (token.type === 'anchor') anchor = token.value;
      else tagToken = token;
      ({ end } = token);
      scanner.skip();
      token = scanner.peek();
    }
    const tag = tagToken ? this.tagOf(tagToken) : '';
    const { type, start } = token;
    const known = <N extends Exclude<YamlNode, AliasNode>>(node: N): N => {
      if (anchor !== undefined) this.anchors.set(anchor, node);
      return node;
    };
    if (type === 'scalar') {
      scanner.skip();
      const plain = tag === '' ? token.plain : tag === '!';
      return known({ kind: 'scalar', value: token.value, plain, start, end: token.end, tag });
    }
    if (indentless && type === 'block-entry')
      return this.indentlessSequence(known({ kind: 'sequence', items: [], start, end: start, tag }), depth);
    if (type === 'flow-sequence-start')
      return this.flowSequence(known({ kind: 'sequence', items: [], start, end: start, tag }), depth);
    if (type === 'flow-mapping-start')
      return this.flowMapping(known({ kind: 'mapping', pairs: [], start, end: start, tag }), depth);
    if (block && type === 'block-sequence-start')
      return this.blockSequence(known({ kind: 'sequence', items: [], start, end: start, tag }), depth);
    if (block && type === 'block-mapping-start')
      return this.blockMapping(known({ kind: 'mapping', pairs: [], start, end: start, tag }), depth);
    if (anchor === undefined && tag === '') this.fail('a value is expected here', token);
    return known({ kind: 'scalar', value: '', plain: tag === '', start: end, end, tag });
  }

  private tagOf(token: Token): string {
    if (token.value === '') return token.suffix;
    const prefix = this.tags.get(token.value);
    const tag = prefix === undefined ? '' : prefix + token.suffix;
    return tag === '' ? this.fail('a tag whose handle is not declared', token) : tag;
  }

  private blockSequence(node: SequenceNode, depth: number): SequenceNode {
    const { scanner } = this;
    scanner.skip();
    for (;;) {
      const token = scanner.peek();
      if (token.type === 'block-end') break;
      if (token.type !== 'block-entry') this.fail("'-' is expected here", token);
      scanner.skip();
      const { type } = scanner.peek();
      const item =
        type === 'block-entry' || type === 'block-end' ? empty(token.end) : this.node(true, false, depth + 1);
      node.items.push(item);
      node.end = item.end;
    }
    scanner.skip();
    return node;
  }

  private indentlessSequence(node: SequenceNode, depth: number): SequenceNode {
    const { scanner } = this;
    for (let token = scanner.peek(); token.type === 'block-entry'; token = scanner.peek()) {
      scanner.skip();
      const { type } = scanner.peek();
      const item =
        type === 'block-entry' || type === 'key' || type === 'value' || type === 'block-end'
          ? empty(token.end)
          : this.node(true, false, depth + 1);
      node.items.push(item);
      node.end = item.end;
    }
    return node;
  }

  private blockMapping(node: MappingNode, depth: number): MappingNode {
    const { scanner } = this;
    scanner.skip();
    for (let token = scanner.peek(); token.type !== 'block-end'; token = scanner.peek()) {
      if (token.type !== 'key') this.fail('a key is expected here', token);
      scanner.skip();
      const key = this.blockPart(token.end, depth);
      token = scanner.peek();
      let value: YamlNode;
      if (token.type === 'value') {
        scanner.skip();
        value = this.blockPart(token.end, depth);
      } else value = empty(token.start);
      node.pairs.push({ key, value });
      node.end = Math.max(node.end, key.end, value.end);
    }
    scanner.skip();
    return node;
  }

  private blockPart(at: number, depth: number): YamlNode {
    const { type } = this.scanner.peek();
    return type === 'key' || type === 'value' || type === 'block-end' ? empty(at) : this.node(true, true, depth + 1);
  }

  private flowSequence(node: SequenceNode, depth: number): SequenceNode {
    const { scanner } = this;
    scanner.skip();
    let token = scanner.peek();
    for (let first = true; token.type !== 'flow-sequence-end'; first = false) {
      if (!first) {
        if (token.type !== 'flow-entry') this.fail("',' or ']' is expected here", token);
        scanner.skip();
        token = scanner.peek();
        if (token.type === 'flow-sequence-end') break;
      }
      if (token.type === 'key') {
        scanner.skip();
        const key = this.flowPart(depth + 1, 'value', 'flow-sequence-end');
        const value = this.flowValue(depth + 1, 'flow-sequence-end');
        node.items.push({ kind: 'mapping', pairs: [{ key, value }], start: token.start, end: value.end, tag: '' });
      } else node.items.push(this.node(false, false, depth + 1));
      token = scanner.peek();
    }
    node.end = token.end;
    scanner.skip();
    return node;
  }

  private flowMapping(node: MappingNode, depth: number): MappingNode {
    const { scanner } = this;
    scanner.skip();
    let token = scanner.peek();
    for (let first = true; token.type !== 'flow-mapping-end'; first = false) {
      if (!first) {
        if (token.type !== 'flow-entry') this.fail("',' or '}' is expected here", token);
        scanner.skip();
        token = scanner.peek();
        if (token.type === 'flow-mapping-end') break;
      }
      if (token.type === 'key') {
        scanner.skip();
        const key = this.flowPart(depth, 'value', 'flow-mapping-end');
        node.pairs.push({ key, value: this.flowValue(depth, 'flow-mapping-end') });
      } else {
        const key = this.node(false, false, depth + 1);
        node.pairs.push({ key, value: empty(scanner.peek().start) });
      }
      token = scanner.peek();
    }
    node.end = token.end;
    scanner.skip();
    return node;
  }

  private flowValue(depth: number, end: Token['type']): YamlNode {
    if (this.scanner.peek().type !== 'value') return empty(this.scanner.peek().start);
    this.scanner.skip();
    return this.flowPart(depth, 'flow-entry', end);
  }

  private flowPart(depth: number, none: Token['type'], end: Token['type']): YamlNode {
    const { type, start } = this.scanner.peek();
    return type === none || type === 'flow-entry' || type === end ? empty(start) : this.node(false, false, depth + 1);
  }

  private fail(message: string, token: Token): never {
    throw new YamlError(message, token.start);
  }
}

function empty(at: number): ScalarNode {
  return { kind: 'scalar', value: '', plain: true, start: at, end: at, tag: '' };
}
