import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { oneLine, plain } from './text.ts';

/** A reference of a `values.schema.json` that Helm would follow out of the chart. */
export interface ForeignReference {
  /** Relative to the chart, or `ARCHIVE/values.schema.json`. */
  file: string;
  /** The address, or why nobody can say which: one line. */
  reference: string;
}

const schemaName = 'values.schema.json';
const maxBytes = 16 * 1024 * 1024;
const maxUnpacked = 256 * 1024 * 1024;
const maxDepth = 16;

/**
 * The first reference in the schemas of a chart and its subcharts, packed ones included, that leads to the network or to a file outside.
 * Helm 3.17 and Helm 4 load what `$ref` names, and Helm 4 an unknown `$schema` too; `#/…` never leaves the document, whatever
 * its `$id` (tried with 3.17.3, 4.1.4 and 4.2.3).
 */
export async function foreignReference(chart: string): Promise<ForeignReference | undefined> {
  return isFolder(chart) ? inFolder(chart, '', 0) : inArchive(read(chart), basename(chart), 0);
}

async function inFolder(chart: string, below: string, depth: number): Promise<ForeignReference | undefined> {
  const file = join(below, schemaName);
  const own = read(join(chart, file));
  const found = own && referenceIn(own.toString('utf8'));
  if (found !== undefined) return { file, reference: found };
  const folder = join(below, 'charts');
  const names = entries(join(chart, folder));
  if (names.length > 0 && depth >= maxDepth) return { file: folder, reference: 'subcharts nested too deep to be read' };
  for (const name of names) {
    const inside = join(folder, name);
    const found = isFolder(join(chart, inside))
      ? await inFolder(chart, inside, depth + 1)
      : name.endsWith('.tgz')
        ? await inArchive(read(join(chart, inside)), inside, depth + 1)
        : undefined;
    if (found) return found;
  }
  return undefined;
}

/** Names in an archive are Helm's to clean (`x/./values.schema.json`, `x\\values.schema.json`): whatever may become the name is read. */
async function inArchive(
  bytes: Buffer | undefined,
  file: string,
  depth: number,
): Promise<ForeignReference | undefined> {
  if (!bytes) return undefined;
  if (depth > maxDepth) return { file, reference: 'archives nested too deep to be read' };
  const { parseTar } = await import('nanotar');
  let members;
  try {
    members = parseTar(await promisify(gunzip)(bytes, { maxOutputLength: maxUnpacked }));
  } catch {
    // Helm does not read it either, or only what is too large for a chart.
    return undefined;
  }
  for (const { name, data } of members) {
    if (!data) continue;
    const isSchema = name.includes(schemaName);
    const found = isSchema ? referenceIn(Buffer.from(data).toString('utf8')) : undefined;
    if (found !== undefined) return { file: `${file}/${name}`, reference: found };
    const inner = name.endsWith('.tgz') ? await inArchive(Buffer.from(data), `${file}/${name}`, depth + 1) : undefined;
    if (inner) return inner;
  }
  return undefined;
}

/** The reference in a schema's text that leads out of it, as one line. */
function referenceIn(text: string): string | undefined {
  let schema: unknown;
  try {
    schema = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // Helm 3 reads the first value and ignores what follows it.
    return /ref|schema|\\u/i.test(text) ? 'not JSON, so its references cannot be read' : undefined;
  }
  const waiting: unknown[] = [schema];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (value === null || typeof value !== 'object') continue;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner !== 'string') waiting.push(inner);
      else if (
        /^\$(?:dynamicR|recursiveR|r)ef$/.test(key) ? !isLocal(inner) : key === '$schema' && !metaschema.test(inner)
      )
        return oneLine(plain(inner), 200) || '""';
    }
  }
  return undefined;
}

// Those that each of these Helms has built in.
const metaschema = /^(?:https?:\/\/json-schema\.org\/(?:draft-0[467]\/|draft\/20(?:19-09|20-12)\/)?schema)?#?$/;

function isLocal(reference: string): boolean {
  return /^(?:$|#)|^http:\/\/json-schema\.org\/draft-0[467]\/schema#?$/.test(reference);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Links are followed, as Helm follows them. */
function read(path: string): Buffer | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size <= maxBytes ? readFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
