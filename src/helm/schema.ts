import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { membersOf } from './tar.ts';
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
const maxArchive = 128 * 1024 * 1024;
const maxUnpacked = 256 * 1024 * 1024;
const maxDepth = 16;

/**
 * The first reference in the schemas of a chart and its subcharts, packed ones included, that leads to the network or
 * to a file outside. Helm 3.17 and Helm 4 load what `$ref` names, and Helm 4 an unknown `$schema` too; `#/…` never
 * leaves the document, whatever its `$id` (tried with 3.17.3, 4.1.4 and 4.2.3).
 */
export async function foreignReference(chart: string): Promise<ForeignReference | undefined> {
  const budget = { bytes: maxUnpacked };
  return isFolder(chart)
    ? inFolder(chart, '', 0, budget)
    : inArchive(read(chart, maxArchive), basename(chart), 0, budget);
}

/** How much more may be unpacked for one chart: archives in archives multiply. */
interface Budget {
  bytes: number;
}

async function inFolder(
  chart: string,
  below: string,
  depth: number,
  budget: Budget,
): Promise<ForeignReference | undefined> {
  const file = join(below, schemaName);
  const own = read(join(chart, file), maxBytes);
  const found = own && referenceIn(own.toString('utf8'));
  if (found !== undefined) return { file, reference: found };
  const folder = join(below, 'charts');
  const names = entries(join(chart, folder));
  if (names.length > 0 && depth >= maxDepth) return { file: folder, reference: 'subcharts nested too deep to be read' };
  for (const name of names) {
    const inside = join(folder, name);
    const found = isFolder(join(chart, inside))
      ? await inFolder(chart, inside, depth + 1, budget)
      : name.endsWith('.tgz')
        ? await inArchive(read(join(chart, inside), maxArchive), inside, depth + 1, budget)
        : undefined;
    if (found) return found;
  }
  return undefined;
}

/**
 * Names in an archive are Helm's to clean (`x/./values.schema.json`, `x\\values.schema.json`): whatever may become the
 * name is read.
 */
async function inArchive(
  bytes: Buffer | undefined,
  file: string,
  depth: number,
  budget: Budget,
): Promise<ForeignReference | undefined> {
  if (!bytes) return undefined;
  if (depth > maxDepth) return { file, reference: 'archives nested too deep to be read' };
  try {
    const tar = await promisify(gunzip)(bytes, { maxOutputLength: Math.max(1, budget.bytes) });
    budget.bytes -= tar.length;
    for (const { name, data } of membersOf(tar)) {
      const isSchema = name.includes(schemaName);
      const found = isSchema ? referenceIn(data.toString('utf8')) : undefined;
      if (found !== undefined) return { file: `${file}/${name}`, reference: found };
      const inner =
        /\.tgz\b/.test(name) && isGzip(data) ? await inArchive(data, `${file}/${name}`, depth + 1, budget) : undefined;
      if (inner) return inner;
    }
  } catch {
    // Helm reads no further than the end of the archive, whatever follows: it may well read this one.
    return { file, reference: 'what cannot be known: the archive is too large, or cannot be read as a whole' };
  }
  return undefined;
}

const isGzip = (bytes: Buffer) => bytes[0] === 0x1f && bytes[1] === 0x8b;

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
function read(path: string, most: number): Buffer | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size <= most ? readFileSync(path) : undefined;
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
