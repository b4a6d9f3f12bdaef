import { readYaml, YamlError } from '../../yaml/index.ts';
import type { PostRenderers } from '../deployment.ts';
import { isMapping, textOf, type FieldPath } from '../document.ts';
import { FieldError, pathText, type Fields } from './fields.ts';
import { nameIn } from './kustomization.ts';

const strategies = ['combined', 'separate', 'nohooks'] as const;
/** More than anybody writes. */
const mostPatches = 500;

/**
 * `spec.postRenderers` (`kustomize`: patches, images, and the older `patchesStrategicMerge` and `patchesJson6902`) and
 * `spec.postRenderStrategy`, `combined` where absent, as in Helm 4. helm-controller: `internal/postrender/kustomize.go`,
 * which makes a kustomization of these fields and nothing else. Throws {@link FieldError}.
 */
export function postRenderersOf(fields: Fields): PostRenderers | undefined {
  const list = fields.list('spec', 'postRenderers');
  if (list.length === 0) return undefined;
  const strategy = fields.text('spec', 'postRenderStrategy') ?? 'combined';
  if (!strategies.some((one) => one === strategy))
    throw new FieldError(['spec', 'postRenderStrategy'], `spec.postRenderStrategy is none of ${strategies.join(', ')}`);
  const touches = new Set<string>();
  const kustomizations = list.flatMap((_, index) => {
    const at = ['spec', 'postRenderers', index, 'kustomize'];
    if (!fields.mapping(...at)) return [];
    const items = (key: string) => fields.list(...at, key).map((value, item) => ({ value, at: [...at, key, item] }));
    const patches = [
      ...items('patches').map((one) => patchOf(one.value, one.at, touches)),
      ...items('patchesStrategicMerge').map((one) => patchOf({ patch: text(one.value) }, one.at, touches)),
      ...items('patchesJson6902').map((one) =>
        patchOf(isMapping(one.value) ? { ...one.value, patch: text(one.value['patch']) } : one.value, one.at, touches),
      ),
    ];
    if (patches.length > mostPatches) throw new FieldError(at, `it has more than ${mostPatches} patches`);
    const images = items('images').map((one) => {
      if (!isMapping(one.value)) throw new FieldError(one.at, `${pathText(one.at)} is not a mapping`);
      touches.add(`image ${textOf(one.value['name']) ?? ''}`);
      return only(one.value, ['name', 'newName', 'newTag', 'digest'], one.at);
    });
    return [{ patches, images }];
  });
  return { kustomizations, strategy: strategy as PostRenderers['strategy'], touches: [...touches] };
}

/** A patch with the fields that the CRD has, each a text; what it is for is added to `touches`. */
function patchOf(value: unknown, at: FieldPath, touches: Set<string>) {
  if (!isMapping(value)) throw new FieldError(at, `${pathText(at)} is not a mapping`);
  const patch = textOf(value['patch']);
  if (patch === undefined) throw new FieldError(at, `${pathText(at)} has no patch`);
  const target = isMapping(value['target'])
    ? only(
        value['target'],
        ['group', 'version', 'kind', 'name', 'namespace', 'labelSelector', 'annotationSelector'],
        at,
      )
    : undefined;
  touches.add(target ? `${target['kind'] ?? '*'}/${target['name'] ?? '*'}` : subjectOf(patch));
  return { patch, ...(target && { target }) };
}

function subjectOf(patch: string): string {
  try {
    const { value } = readYaml(patch);
    if (isMapping(value)) return `${nameIn(value, 'kind') ?? '*'}/${nameIn(value, 'metadata', 'name') ?? '*'}`;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
  }
  return '*/*';
}

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function only(value: Readonly<Record<string, unknown>>, keys: readonly string[], at: FieldPath) {
  return Object.fromEntries(
    keys.flatMap((key): [string, string][] => {
      const one = value[key];
      if (one === undefined || one === null || one === '') return [];
      if (typeof one !== 'string') throw new FieldError(at, `${pathText([...at, key])} is not a text`);
      return [[key, one]];
    }),
  );
}
