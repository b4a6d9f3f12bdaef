import type { Manifest, Resource } from '../parse/index.ts';
import type { SourceFile } from '../render/index.ts';
import { actionsOf, definitionsOf } from '../template/index.ts';

/** What makes a name differ from one render (or revision) to the next. */
export type UniqueName = 'time' | 'random' | 'revision';

const chance = /\brand(?:AlphaNum|Alpha|Numeric|Ascii|Bytes|Int)\b|\buuidv4\b|\bshuffle\b/;

/**
 * Whether a resource's name holds something that is new each time. A render shows the revision as 1 and a date as
 * digits, so the template that wrote the name is asked, and must agree with what the name looks like; without templates
 * the name must speak for itself. `again` is the resource's name in a second render, where there was one: it alone
 * tells what is random.
 */
export function uniqueName(
  resource: Resource,
  sources: readonly SourceFile[],
  again?: (resource: Resource) => string | undefined,
): UniqueName | undefined {
  const { name } = resource;
  const chart = resource.labels['helm.sh/chart'];
  const version =
    typeof chart === 'string' ? /-(\d+\.\d+\.\d+[^ ]*)$/.exec(chart)?.[1]?.replace(/[.+_]/g, '-') : undefined;
  if (/(?:^|[-.])(?:20\d{6}(?:-?\d{4,6})?|1[6-9]\d{8})(?:$|[-.])|20\d{2}-[01]\d-[0-3]\d/.test(name)) return 'time';
  // `-<chart version>-1`: only a revision stands behind a version.
  if (version && name.includes(`-${version}-1`)) return 'revision';
  const text = nameExpressions(resource, sources);
  if (/\.Release\.Revision\b/.test(text) && /(?:^|[-.]|[a-z])1(?:$|[-.])/.test(name)) return 'revision';
  if (chance.test(text)) {
    const other = again?.(resource);
    if (other === undefined ? /-(?=\w*\d)[a-zA-Z0-9]{4,}$/.test(name) : other !== name) return 'random';
  }
  if (/\b(?:now|date|unixEpoch|htmlDate)\b/.test(text) && /\d{6,}/.test(name)) return 'time';
  return undefined;
}

/** A name with `*` for what is new each time; `again` is the name in a second render, where there was one. */
export function stableName(name: string, unique: UniqueName | undefined, again?: string): string {
  if (unique === 'time') return name.replace(/\d{6,}(?:-?\d{4,6})?|20\d{2}-[01]\d-[0-3]\d/g, '*');
  if (unique !== 'random') return name;
  if (again === undefined || again === name) return name.replace(/[a-zA-Z0-9]{4,}$/, '*');
  let start = 0;
  while (name[start] === again[start]) start += 1;
  // What two random texts have in common by chance is random too.
  start = Math.max(name.lastIndexOf('-', start - 1), name.lastIndexOf('.', start - 1)) + 1;
  return `${name.slice(0, start)}*`;
}

/** Whether any hook or Job can have a name with a random part: then a second render tells. */
export function mayBeRandom(manifests: readonly Manifest[], sources: readonly SourceFile[]): boolean {
  if (!sources.some(({ text }) => chance.test(text))) return false;
  return manifests.some((manifest) => {
    const kind = /^kind:\s*["']?(\w+)/m.exec(manifest.text)?.[1] ?? '';
    return (
      (kind === 'Job' || manifest.text.includes('helm.sh/hook')) &&
      chance.test(nameExpressions({ kind, manifest }, sources))
    );
  });
}

/**
 * The name that a resource has in another render of the chart: of the same template and kind, at the same place among
 * them.
 */
export function nameAgain(
  resources: readonly Resource[],
  others: readonly Resource[],
): (resource: Resource) => string | undefined {
  const keyOf = ({ manifest, kind }: Resource) => `${manifest.source ?? ''} ${kind}`;
  return (resource) => {
    const here = resources.filter((one) => keyOf(one) === keyOf(resource));
    const there = others.filter((one) => keyOf(one) === keyOf(resource));
    return here.length === there.length ? there[here.indexOf(resource)]?.name : undefined;
  };
}

/**
 * Whether a Secret or ConfigMap holds values that are made anew at each render: what its template writes under `data`
 * (with the helpers and variables used there) calls random functions or the clock, and nothing in the file looks the
 * old object up first.
 */
export function generatedAnew(resource: Resource, sources: readonly SourceFile[]): boolean {
  const source = sources.find(({ path }) => path === resource.manifest.source);
  if (!source) return false;
  const whole = withHelpers(source.text, sources);
  const documents = source.text.split(/^---.*$/m);
  const own = documents.filter((text) => new RegExp(`^kind:\\s*["']?${resource.kind}\\b`, 'm').test(text));
  return (own.length > 0 ? own : documents).some((document) => {
    const data = dataOf(document) ?? dataOf(withHelpers(document, sources));
    if (data === undefined) return false;
    return anew.test(withHelpers([data, ...variablesOf(data, whole)].join('\n'), sources)) && !/\blookup\b/.test(whole);
  });
}

/**
 * Whether the template of a resource, or a helper that it includes, looks objects up in the cluster: a render without
 * one does not show what an upgrade writes.
 */
export function looksUp(resource: Resource, sources: readonly SourceFile[]): boolean {
  const source = sources.find(({ path }) => path === resource.manifest.source);
  return source !== undefined && /\blookup\b/.test(withHelpers(source.text, sources));
}

/** Whether the template writes the name of a resource from the release's namespace, whatever that is. */
export function namedByNamespace(resource: Resource, sources: readonly SourceFile[]): boolean {
  return /\.Release\.Namespace\b/.test(nameExpressions(resource, sources));
}

const anew =
  /\brand(?:AlphaNum|Alpha|Numeric|Ascii|Bytes|Int)\b|\buuidv4\b|\bgen(?:CA|CAWithKey|SelfSignedCert|SelfSignedCertWithKey|SignedCert|SignedCertWithKey|PrivateKey)\b|\b(?:htpasswd|bcrypt)\b|[{(|]-?\s*now\b/;

function dataOf(template: string): string | undefined {
  const start = template.search(/^[ \t]*(?:data|stringData|binaryData):/m);
  return start === -1 ? undefined : template.slice(start);
}

/**
 * The template text that can have written `metadata.name`: that line of the documents of its kind, the variables and
 * the helpers that it uses; any `name:` line of the file where that one cannot be made out.
 */
function nameExpressions(
  { kind, manifest }: Pick<Resource, 'kind' | 'manifest'>,
  sources: readonly SourceFile[],
): string {
  const source = sources.find(({ path }) => path === manifest.source);
  if (!source) return '';
  const whole = withHelpers(source.text, sources);
  const own = source.text
    .split(/^---.*$/m)
    .filter((text) => new RegExp(`^kind:\\s*["']?${kind}\\b`, 'm').test(text))
    .flatMap((text) => /^metadata:[ \t]*\n((?:[ \t]+.*\n|\{\{.*\n|\s*\n)*)/m.exec(`${text}\n`)?.[1] ?? [])
    .flatMap((block) => /^[ \t]+name:.*$/m.exec(block)?.[0] ?? []);
  const lines = own.length > 0 ? own : [...whole.matchAll(/^[ \t]*name:.*\{\{.*$/gm)].map(([line]) => line);
  return withHelpers([...lines, ...variablesOf(lines.join('\n'), whole)].join('\n'), sources);
}

/** The actions that give a text's variables their values. */
function variablesOf(text: string, whole: string): string[] {
  const names = new Set([...text.matchAll(/\$(\w+)/g)].map(([name]) => name));
  return actionsOf(whole)
    .filter(({ kind, code }) => kind === 'assignment' && names.has(/^\$\w*/.exec(code)![0]))
    .map(({ start, end }) => whole.slice(start, end));
}

/** A text with the bodies of the named templates that it includes, and those that they include. */
function withHelpers(template: string, sources: readonly SourceFile[]): string {
  const seen = new Set<string>();
  let text = template;
  for (let round = 0; round < 5; round += 1) {
    const names = [...text.matchAll(/\b(?:include|template)\s+["`]([^"`]+)["`]/g)]
      .map((match) => match[1]!)
      .filter((name) => !seen.has(name));
    if (names.length === 0) break;
    for (const name of new Set(names)) {
      seen.add(name);
      text += `\n${bodyOf(name, sources)}`;
    }
  }
  return text;
}

const bodies = new WeakMap<readonly SourceFile[], ReadonlyMap<string, string>>();

/** The body of a named template: of the first file that defines it. All files are scanned once. */
function bodyOf(name: string, sources: readonly SourceFile[]): string {
  let known = bodies.get(sources);
  if (!known) {
    const found = new Map<string, string>();
    for (const { text } of sources)
      for (const { name: defined, start, end } of text.includes('define') ? definitionsOf(text) : [])
        if (!found.has(defined)) found.set(defined, text.slice(start, end));
    bodies.set(sources, (known = found));
  }
  return known.get(name) ?? '';
}
