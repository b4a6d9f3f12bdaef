// What the linter makes of the manifests of the other record: workloads and what they need, and how the release is
// played.
import type { Release, Workload } from '../../src/model/index.ts';
import { tieOf } from '../../src/model/index.ts';
import type { Place, Resource } from '../../src/parse/index.ts';
import type { Cause, Need, Timeline } from '../../src/simulate/index.ts';
import { needsOf, targetOf } from '../../src/simulate/index.ts';
import type { Case } from './case.ts';
import { isPlace, judged, manifestCases } from './manifests.ts';

const named = ({ kind, name }: { kind: string; name: string }): string => `${kind}/${name}`;
const all = (resources: readonly { kind: string; name: string }[]): string => resources.map(named).join(', ');
const at = (place: Place): string => place.path.join('.');

function* inModel(release: Release): Iterable<string> {
  for (const { resource, events, weight, policies, argoPolicies } of release.hooks)
    yield `  hook ${named(resource)}: ${events.join()} weight ${weight} policies ${[...policies].join()}, under Argo CD ${[...argoPolicies].join()}`;
  for (const workload of release.workloads) yield* ofWorkload(workload, release);
  for (const service of release.services)
    yield `  ${named(service.resource)} selects ${all(release.behind(service)) || 'nothing'}`;
}

function* ofWorkload(workload: Workload, release: Release): Iterable<string> {
  const { pod, namespace, replicas } = workload;
  const tie = tieOf(workload, release);
  const atOnce = release.podsAtOnce(workload);
  yield `  ${named(workload)} in ${namespace}, ${replicas ?? 'a pod a node'}${atOnce ? `, at once: ${atOnce}` : ''}${
    tie ? `, tied by ${tie.by} to ${all(tie.workloads)}` : ''
  }`;
  const { labels, serviceAccount, aliases, ports } = pod;
  const known = { labels, serviceAccount, aliases: [...aliases], ports };
  yield `    pod ${JSON.stringify(known)}`;
  for (const { name, role, repository, env, understanding, probes } of pod.containers) {
    const variables = [...env].map(([key, value]) => `${key}=${value ?? '?'}`).join(' ');
    yield `    ${role} ${name} of ${repository} ${variables}`.trimEnd();
    yield `      ${understanding.waits.length} waits, ${understanding.migrations.length} migrations, probes ${JSON.stringify(probes)}`;
  }
  for (const { kind, name, key, optional, via, container } of pod.references)
    yield `    names ${kind}/${name} ${JSON.stringify({ key, optional, via, container: container?.name })}`;
  for (const need of needsOf(workload, release)) yield `    needs ${neededBy(need, release)}`;
  const grants = serviceAccount === undefined ? [] : release.grantsOf(serviceAccount, namespace, namespace);
  if (grants.length > 0) yield `    may ${asText(grants)}`;
}

function neededBy(need: Need, release: Release): string {
  return `${need.type} at ${at(need.place)}: ${asText(targetOf(need, release))}`;
}

/** As JSON: resources and workloads by their names, places by their paths. */
function asText(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    isNamed(one) ? named(one) : isPlace(one) ? at(one) : one instanceof Set ? [...one] : one,
  );
}

function isNamed(value: unknown): value is Resource | Workload {
  return typeof value === 'object' && value !== null && 'kind' in value && 'name' in value && !('via' in value);
}

function* inPlay({ steps, blocks, missed, stuck }: Timeline): Iterable<string> {
  for (const { title, create, await: awaited, remove } of steps)
    yield `    ${title}: creates ${all(create)}; awaits ${all(awaited)}; removes ${all(remove)}`;
  for (const [word, list] of Object.entries({ blocked: blocks, missed, stuck }))
    for (const { step, workload, causes } of list)
      for (const cause of causes) yield `    ${word} at ${step.title}: ${named(workload)}: ${chain(cause)}`;
}

function chain({ need, lack, next, cycle }: Cause): string {
  const what =
    lack.type === 'absent'
      ? named(lack.resource)
      : lack.type === 'not-ready'
        ? `${named(lack.workload)}${lack.through ? ` through ${named(lack.through.resource)}` : ''}`
        : `${named(lack.service.resource)} ${lack.type === 'dead' ? lack.end.dead : lack.port}`;
  return `${need.type} at ${at(need.place)} lacks ${lack.type} ${what}${cycle ? ', a cycle' : ''}${next ? `, since ${chain(next)}` : ''}`;
}

/** The manifests of a file, and what is made of them. */
export function models(name: string): Case[] {
  return manifestCases(name).map(({ title, text, options }) => ({
    title,
    lines: () => {
      const { install, play } = judged(text, options);
      const plays = (['install', 'upgrade'] as const).flatMap((action) =>
        [false, true].flatMap((wait) => [
          `  ${action}${wait ? ' --wait' : ''}`,
          ...inPlay(play(action, wait).timeline),
        ]),
      );
      return [...inModel(install), ...plays, ''];
    },
  }));
}
