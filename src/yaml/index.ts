import { decode, isMerge, keyName, type Decoded } from './value.ts';
import { parseFirstDocument, type YamlNode } from './node.ts';
import { YamlError } from './token.ts';

export { YamlError } from './token.ts';
export type { YamlNode } from './node.ts';
export type { DuplicateKey } from './value.ts';

/** The first YAML document of a text, as Helm and Kubernetes read it. */
export interface YamlDocument extends Decoded {
  /** Absent where the text holds nothing but blanks and comments, and so is the value. */
  root: YamlNode | undefined;
  /** Where the text behind the first document begins, which Helm and Kubernetes ignore; absent where there is none. */
  ignored: number | undefined;
}

/**
 * Reads a text as sigs.k8s.io/yaml does, with which Helm 3, Helm 4 and Kubernetes read manifests: by go-yaml v2, whose
 * grammar is YAML 1.1's as libyaml has it. Compared with the Go library by `test/helm-yaml`. `start`: where to begin.
 * Throws `YamlError` where Helm fails, and where its reading is not certain.
 */
export function readYaml(text: string, start = 0): YamlDocument {
  if (text.charCodeAt(start) === 0xfeff) start += 1;
  const { root, rest } = parseFirstDocument(text, start);
  // Within a line a byte order mark is a character as any other. At the start of one, go-yaml skips it between tokens.
  const odd = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|(?<=[\n\r\u0085\u2028\u2029])\ufeff/g;
  odd.lastIndex = start;
  const bad = odd.exec(text);
  if (bad && bad.index < (rest ?? Infinity))
    throw new YamlError(
      bad[0] === '\ufeff' ? 'a byte order mark at the start of a line' : 'a control character within the text',
      bad.index,
    );
  const ignored = rest !== undefined && holdsText(text.slice(rest).replace(/^(?:---|\.\.\.)/, '')) ? rest : undefined;
  return { root, ...decode(root), ignored };
}

/** Whether there is anything beside blanks, comments and markers of documents. Lines end as they do in YAML. */
export function holdsText(text: string): boolean {
  return /(?:^|[\n\r\u0085\u2028\u2029])[ \t]*(?!---|\.\.\.)[^ \t\n\r\u0085\u2028\u2029#]/.test(text);
}

/**
 * The node under a key of a mapping, or under an index of a list, and the key's node. What is merged in comes after the
 * mapping's own.
 */
export function childOf(node: YamlNode, key: string | number): { key?: YamlNode; value: YamlNode } | undefined {
  const target = node.kind === 'alias' ? node.target : node;
  if (target.kind === 'sequence') {
    const value = typeof key === 'number' ? target.items[key] : undefined;
    return value && { value };
  }
  if (target.kind !== 'mapping') return undefined;
  const own = target.pairs.findLast((pair) => !isMerge(pair.key) && keyName(pair.key) === String(key));
  if (own) return own;
  for (const pair of target.pairs) {
    if (!isMerge(pair.key)) continue;
    for (const merged of pair.value.kind === 'sequence' ? pair.value.items : [pair.value]) {
      const found = childOf(merged, String(key));
      if (found) return found;
    }
  }
  return undefined;
}
