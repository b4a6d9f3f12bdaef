// What to write, and where, so that releases come in an order in which each gets what it waits for.
import type { Deployment } from './deployments/deployment.ts';
import { placeOf } from './deployment-findings.ts';
import type { FileLine } from './place/location.ts';

const shown = ({ file, line }: FileLine) => `${file}:${line}`;

/** `prod/shop` of a name that is longer, where others have the same. */
function written({ name }: Deployment, parts: number): string {
  return name
    .replace(/ \(.*\)$/, '')
    .split('/')
    .slice(-parts)
    .join('/');
}

const fieldOf = { flux: 'spec.dependsOn', helmfile: 'needs', argocd: 'its sync wave' } as const;

/** The entry of `dependsOn` or `needs` that makes a release wait for another one. */
function entryFor(other: Deployment): string {
  if (other.by === 'helmfile') return `- ${written(other, 2)}`;
  const [name = '', namespace] = written(other, 2).split('/').reverse();
  return namespace === undefined ? `- name: ${name}` : `- { name: ${name}, namespace: ${namespace} }`;
}

/** Takes releases out of what a release says that it comes after. */
function withoutThem(release: Deployment, before: readonly string[]): string {
  const inherited = before.filter((name) => release.inherited?.includes(name));
  const own = before.filter((name) => !inherited.includes(name));
  const parts = [
    ...(own.length > 0
      ? [
          `remove ${own.join(' and ')} from ${fieldOf[release.by]} of ${release.name} (${shown(placeOf(release, 'after'))})`,
        ]
      : []),
    ...(inherited.length > 0
      ? [`let the Kustomization of ${release.name} no longer depend on that of ${inherited.join(' and ')}`]
      : []),
  ];
  return parts.join(', and ');
}

/**
 * Advice for a release that waits for a Service of a later one: the later one has to come first. `before` are those
 * that make it come later.
 */
export function adviceForWait(waiting: Deployment, other: Deployment, before: readonly string[]): string {
  const first = `${other.name} must come before ${waiting.name}`;
  if (waiting.by === 'argocd') {
    const wave = (waiting.wave ?? 0) - 1;
    return `${first}: write argocd.argoproj.io/sync-wave: "${wave}" in the annotations of ${other.name} (${shown(other.at)}).`;
  }
  const entry = `${fieldOf[waiting.by]} of ${waiting.name} (${shown(waiting.places?.after ?? waiting.at)})`;
  const cut = before.length > 0 ? `${withoutThem(other, before)}, and ` : '';
  return `${first}: ${cut}write \`${entryFor(other)}\` in ${entry}.`;
}

/**
 * Advice for a cycle: which of its links to remove. One whose release waits for a Service of the other one is needed;
 * the first that is not is removed.
 */
export function adviceForCycle(cycle: readonly Deployment[], needs: (name: string, other: string) => boolean): string {
  const links = cycle.map((one, index) => ({ before: one, after: cycle[(index + 1) % cycle.length]! }));
  if (links.length === 1) return `${capital(withoutThem(cycle[0]!, [cycle[0]!.name]))}.`;
  const spare = links.find(({ before, after }) => !needs(after.name, before.name));
  if (!spare)
    return `Each of them waits for a Service of the one before it: remove one of these waits from its chart, then the dependency.`;
  const known = links.some(({ before, after }) => needs(after.name, before.name));
  const why = known ? `: nothing in its chart waits for ${spare.before.name}` : ', or another link of the cycle';
  return `${capital(withoutThem(spare.after, [spare.before.name]))}${why}.`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
