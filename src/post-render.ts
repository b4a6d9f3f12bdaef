// Loaded for deployments with post renderers.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PostRenderers } from './deployments/deployment.ts';
import { temporaryFolder } from './helm/index.ts';
import { runKustomize } from './helm/kustomize.ts';
import { splitManifests, type Manifest } from './parse/manifest.ts';
import { readYaml } from './yaml/index.ts';

type Mapping = Record<string, unknown>;
const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Which document it is; Helm 4 marks its documents in the same way (`annotateAndMerge` in its `pkg/action`). */
const marker = 'migrate-lint.internal/document';

/** The post renderers of a release and the program that applies them. */
export interface Kustomizing {
  renderers: PostRenderers;
  /** Absolute path of kustomize. */
  program: string;
  env: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal;
}

interface Document {
  manifest: Manifest;
  value: Mapping;
  isHook: boolean;
}

/**
 * What the post renderers make of documents, by the real kustomize on a file with these documents and nothing else.
 * Documents that they leave alone are the same objects; `changed` leads from each other one to what Helm rendered. Which see them, hooks or not, is `strategy` (Helm's
 * `PostRenderStrategy`). Throws an `Error` of one line.
 */
export async function postRendered(
  manifests: readonly Manifest[],
  kustomizing: Kustomizing,
): Promise<{ manifests: Manifest[]; changed: Map<Manifest, Manifest> }> {
  const documents = new Map<Manifest, Document>();
  for (const manifest of manifests) {
    const document = documentOf(manifest);
    if (document) documents.set(manifest, document);
  }
  const all = [...documents.values()];
  const { strategy } = kustomizing.renderers;
  const groups =
    strategy === 'combined'
      ? [all]
      : [all.filter(({ isHook }) => !isHook), ...(strategy === 'separate' ? [all.filter(({ isHook }) => isHook)] : [])];
  const changed = new Map<Manifest, Manifest | undefined>();
  for (const group of groups)
    for (const [manifest, made] of await kustomized(group, kustomizing)) changed.set(manifest, made);
  return {
    manifests: manifests.flatMap((manifest) => (changed.has(manifest) ? (changed.get(manifest) ?? []) : manifest)),
    changed: new Map([...changed].flatMap(([before, after]) => (after && after !== before ? [[after, before]] : []))),
  };
}

/** A document that kustomize takes; others pass by. */
function documentOf(manifest: Manifest): Document | undefined {
  try {
    const { value } = readYaml(manifest.text);
    if (!isMapping(value) || !isMapping(value['metadata'])) return undefined;
    const { name, annotations } = value['metadata'];
    if (typeof name !== 'string' || name === '') return undefined;
    return { manifest, value, isHook: isMapping(annotations) && annotations['helm.sh/hook'] !== undefined };
  } catch {
    return undefined;
  }
}

/** What becomes of each document of a group; `undefined` for one that is deleted. */
async function kustomized(
  group: readonly Document[],
  { renderers, program, env, signal }: Kustomizing,
): Promise<Map<Manifest, Manifest | undefined>> {
  if (group.length === 0) return new Map();
  let stream = group.map(({ value }, index) => JSON.stringify(marked(value, index))).join('\n---\n');
  const folder = temporaryFolder();
  try {
    for (const [step, { patches, images }] of renderers.kustomizations.entries()) {
      const path = join(folder.path, `${step}`);
      mkdirSync(path);
      writeFileSync(join(path, 'all.yaml'), stream);
      const kustomization = {
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        resources: ['all.yaml'],
        patches,
        images,
      };
      writeFileSync(join(path, 'kustomization.yaml'), JSON.stringify(kustomization));
      stream = await runKustomize(program, path, { env, signal });
    }
  } finally {
    folder.remove();
  }
  const out = new Map<Manifest, Manifest | undefined>(group.map(({ manifest }) => [manifest, undefined]));
  for (const { text } of splitManifests(stream, '')) {
    const { value } = readYaml(text);
    if (!isMapping(value)) continue;
    const index = indexOf(value);
    const document = index === undefined ? undefined : group[index];
    if (!document) continue;
    const { manifest } = document;
    const same = isDeepStrictEqual(unmarked(value), unmarked(marked(document.value, index!)));
    const header = manifest.source === undefined ? '' : `# Source: ${manifest.source}\n`;
    const own = text
      .split('\n')
      .filter((line) => !line.includes(marker))
      .join('\n')
      .replace(/^( *)annotations:\n(?!\1 )/m, '');
    out.set(manifest, same ? manifest : { ...manifest, text: header + own });
  }
  return out;
}

function marked(value: Mapping, index: number): Mapping {
  const metadata = value['metadata'] as Mapping;
  const annotations = isMapping(metadata['annotations']) ? metadata['annotations'] : {};
  return { ...value, metadata: { ...metadata, annotations: { ...annotations, [marker]: `${index}` } } };
}

const annotationsOf = ({ metadata }: Mapping): Mapping =>
  isMapping(metadata) && isMapping(metadata['annotations']) ? metadata['annotations'] : {};

function indexOf(value: Mapping): number | undefined {
  const written = annotationsOf(value)[marker];
  return typeof written === 'string' && /^\d+$/.test(written) ? Number(written) : undefined;
}

/** Without the marker, for comparison. */
function unmarked(value: Mapping): Mapping {
  const annotations = Object.fromEntries(Object.entries(annotationsOf(value)).filter(([key]) => key !== marker));
  return { ...value, metadata: { ...(value['metadata'] as Mapping), annotations } };
}
