import { isAlias, isCollection, isMap, isSeq, type Document, type Node } from 'yaml';

/** Deeper than any policy: a bound for everything that walks through values. */
const maxDepth = 500;
/** Looking one up takes the longer the more there are. */
const maxAliases = 5_000;

/**
 * The value of a document, as JSON could hold it: a tree of bounded depth. Throws for keys that are lists or mappings,
 * for an alias within its own anchor, for aliases that multiply or are too many, and for what is nested too deep.
 */
export function valueOf(doc: Document): unknown {
  refuse(doc.contents, 0, { anchors: new Map(), aliases: 0 });
  return doc.toJS({ maxAliasCount: 100 });
}

/** What stands before a node; a collection that is still open is marked as such. */
interface Seen {
  anchors: Map<string, { node: Node; open: boolean }>;
  aliases: number;
}

function refuse(node: unknown, depth: number, seen: Seen): void {
  const { anchors } = seen;
  if (isAlias(node)) {
    seen.aliases += 1;
    if (seen.aliases > maxAliases) throw new Error(`more than ${maxAliases} aliases`);
    if (anchors.get(node.source)?.open)
      throw new Error(`*${node.source} stands within &${node.source}: a value that holds itself`);
    return;
  }
  const { anchor } = (node ?? {}) as { anchor?: string };
  const known = anchor ? { node: node as Node, open: true } : undefined;
  if (known) anchors.set(anchor!, known);
  if (isCollection(node)) {
    if (depth > maxDepth) throw new Error(`nested deeper than ${maxDepth} levels`);
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        refuse(key, depth + 1, seen);
        if (isCollection(isAlias(key) ? anchors.get(key.source)?.node : key))
          throw new Error('a key is a list or a mapping');
        refuse(value, depth + 1, seen);
      }
    } else if (isSeq(node)) {
      for (const item of node.items) refuse(item, depth + 1, seen);
    }
  }
  if (known) known.open = false;
}
