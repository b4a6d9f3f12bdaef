import type { Place, Resource } from '../parse/index.ts';
import { kindRank } from './order.ts';

/** Helm's hook events, without `test`: Helm runs test hooks on `helm test` only. */
export const hookEvents = [
  'pre-install',
  'post-install',
  'pre-delete',
  'post-delete',
  'pre-upgrade',
  'post-upgrade',
  'pre-rollback',
  'post-rollback',
  'test',
  'test-success',
] as const;
export type HookEvent = (typeof hookEvents)[number];

/** Helm's delete policies (`helm.sh/hook-delete-policy`); Helm itself never validates them. */
export const deletePolicies = ['before-hook-creation', 'hook-succeeded', 'hook-failed'] as const;
export type DeletePolicy = (typeof deletePolicies)[number];

/** What Helm calls an operation on a release. */
export type Action = 'install' | 'upgrade' | 'rollback' | 'uninstall';

/** A resource that Helm runs at an event instead of keeping it in the release. */
export interface Hook {
  resource: Resource;
  events: readonly HookEvent[];
  /** `strconv.Atoi` of the annotation, else 0, as Helm does. */
  weight: number;
  /** The policies in force, Helm's default included. */
  policies: ReadonlySet<DeletePolicy>;
  /**
   * The policies in force under Argo CD: Argo CD's own and Helm's together. It ignores unknown words, and its default,
   * before-hook-creation, holds where no known word is left (gitops-engine, pkg/sync/hook/delete_policy.go).
   */
  argoPolicies: ReadonlySet<DeletePolicy>;
  /** The annotation's parts as written; absent when there is no annotation (then Helm's default holds). */
  writtenPolicies: readonly string[] | undefined;
  /** Where the event stands. */
  place: Place;
}

/** The annotations of Helm that rules ask about. */
export const annotation = {
  hook: 'helm.sh/hook',
  weight: 'helm.sh/hook-weight',
  policy: 'helm.sh/hook-delete-policy',
  keep: 'helm.sh/resource-policy',
} as const;

/** Argo CD's own hook annotation, which wins over Helm's there. */
export const argoHook = 'argocd.argoproj.io/hook';

/**
 * The hook that a resource is, as Helm's manifest_sorter.go reads it: split at commas, trimmed, lower-cased. What an
 * item of a list says itself does not count; a list that is a hook is one with all its items, for Helm creates and
 * awaits what Kubernetes' client makes of the document. One unknown part and Helm drops the whole document; such a one
 * never comes out of `helm template`, but in manifests rendered elsewhere it is `undefined` here too.
 */
export function hookOf(resource: Resource): Hook | undefined {
  const { annotations, annotationsPath } = resource.head;
  const written = annotations[annotation.hook];
  if (written === undefined) return undefined;
  const events = splitAnnotation(written);
  if (!events.every((event): event is HookEvent => (hookEvents as readonly string[]).includes(event))) return undefined;
  const policy = annotations[annotation.policy];
  const writtenPolicies = policy === undefined ? undefined : splitAnnotation(policy);
  return {
    resource,
    events,
    // Helm takes 0 for what is no number.
    weight: atoi(annotations[annotation.weight] ?? '') ?? 0,
    policies: new Set(
      writtenPolicies ? deletePolicies.filter((known) => writtenPolicies.includes(known)) : ['before-hook-creation'],
    ),
    argoPolicies: argoPoliciesOf(annotations),
    writtenPolicies,
    place: resource.top.place(...annotationsPath, annotation.hook),
  };
}

const argoWords: Readonly<Record<string, DeletePolicy>> = {
  BeforeHookCreation: 'before-hook-creation',
  HookSucceeded: 'hook-succeeded',
  HookFailed: 'hook-failed',
};

function argoPoliciesOf(annotations: Readonly<Record<string, string>>): ReadonlySet<DeletePolicy> {
  const words = (key: string) => (annotations[key] ?? '').split(',').map((part) => part.trim());
  const helms = words(annotation.policy);
  const own = words('argocd.argoproj.io/hook-delete-policy').map((word) => argoWords[word]);
  const known = deletePolicies.filter((policy) => helms.includes(policy) || own.includes(policy));
  return new Set(known.length > 0 ? known : ['before-hook-creation']);
}

/** Helm's reading of a list in an annotation, with Go's idea of blanks and of lower case (`İ` is an `i`). */
export function splitAnnotation(value: string): string[] {
  return value.split(',').map((part) => trimSpace(part).replaceAll('İ', 'i').toLowerCase());
}

function trimSpace(text: string): string {
  const blank = (char: string | undefined) => char !== undefined && /[\s\u0085]/.test(char) && char !== '\ufeff';
  let start = 0;
  let end = text.length;
  while (blank(text[start])) start += 1;
  while (end > start && blank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

/** Go's `strconv.Atoi`; `undefined` for what is no decimal integer of 64 bits. */
export function atoi(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return value >= -(2n ** 63n) && value < 2n ** 63n ? Number(value) : undefined;
}

/**
 * Helm runs the hooks of an event by weight, then name (hooks.go); what is equal stays in the order of kinds in which a
 * release is created (seen with Helm 3.17.3, 4.1.4 and 4.2.3: of one name, the Service comes before the Deployment).
 * The documentation says kind before name.
 */
export function byHelmOrder(a: Hook, b: Hook, nameOf: (resource: Resource) => string = ({ name }) => name): number {
  return (
    a.weight - b.weight ||
    compare(nameOf(a.resource.top), nameOf(b.resource.top)) ||
    kindRank(a.resource.top.kind) - kindRank(b.resource.top.kind)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
