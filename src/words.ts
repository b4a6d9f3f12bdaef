// The words in which findings speak of resources and causes, so that all rules say the same thing alike.
import type { Hook, Release, Workload } from './model/index.ts';
import type { Place, Resource } from './parse/index.ts';
import { pluralOf } from './plural.ts';
import {
  doubtOf,
  linksOf,
  rootOf,
  type Cause,
  type Engine,
  type Lack,
  type Need,
  type Step,
  type Timeline,
} from './simulate/index.ts';

/** `Job/auth-migrations`, as kubectl names it. */
export function describe(subject: Resource | Workload): string {
  return `${subject.kind}/${subject.name || '(without a name)'}`;
}

/** `a`, `a and b`, `a, b and c`, `a, b and 3 more`. */
export function beside(names: readonly string[], most = 3): string {
  const unique = [...new Set(names)];
  const shown = unique.length > most + 1 ? [...unique.slice(0, most), `${unique.length - most} more`] : unique;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** The hook Jobs and Pods: those that Helm waits for. */
export function hooksOf(release: Release): Workload[] {
  return release.workloads.filter(({ hook, kind }) => hook && (kind === 'Job' || kind === 'Pod'));
}

/** `Deployments accounts and billing`, `Job/migrate and Deployment/api`. */
export function describeAll(subjects: readonly (Resource | Workload)[], most = 3): string {
  const kind = subjects[0]?.kind;
  return subjects.length > 1 && subjects.every((one) => one.kind === kind)
    ? `${pluralOf(kind!)} ${beside(
        subjects.map(({ name }) => name),
        most,
      )}`
    : beside(subjects.map(describe), most);
}

/** Who applies the release: `Helm` (for Flux too) or `Argo CD`. */
export function actor(engine: Engine): string {
  return engine === 'argocd' ? 'Argo CD' : 'Helm';
}

/**
 * What makes the name of a plain Job new at each upgrade, as advice names it. The revision is always 1 under Argo CD.
 */
export function newSuffix(engine: Engine): string {
  return engine === 'argocd' ? 'the image tag' : '`-{{ .Release.Revision }}`';
}

/** The end of a message about a cause that holds on a condition only: ` (only if [ "$MODE" = init ])`. */
export function doubtWords(cause: Cause): string {
  const doubt = doubtOf(cause);
  return doubt === undefined ? '' : ` (${doubt.startsWith('unless') ? '' : 'only '}${doubt})`;
}

/** More sentences of a chain are not printed. */
const longestChain = 20;

/**
 * Each link of a chain of causes as a sentence with its place, for `because`; `step` is the one that is blocked. Of a
 * long chain the beginning and the end, with a count of what is left out.
 */
export function explainCause(cause: Cause, timeline: Timeline, step?: Step): { message: string; at: Place }[] {
  const links = linksOf(cause);
  const sentences = links.flatMap((link) => [
    { message: needSentence(link.need), at: link.need.place },
    ...(link.next ? through(link.lack) : [{ message: lackSentence(link, timeline, step), at: placeOfLack(link.lack) }]),
  ]);
  if (sentences.length <= longestChain) return sentences;
  const [shown, end] = [sentences.slice(0, longestChain - 2), sentences.at(-1)!];
  const left = sentences.length - shown.length - 1;
  return [...shown, { message: `and ${left} more links`, at: sentences[shown.length]!.at }, end];
}

/** One link for each further cause: what blocks next when the first is fixed. */
export function alsoBlocks(
  causes: readonly Cause[],
  timeline: Timeline,
  step?: Step,
): { message: string; at: Place }[] {
  const seen = new Set<string>();
  return causes.flatMap((cause) => {
    const target = targetOf(cause);
    if (seen.has(target)) return [];
    seen.add(target);
    return [{ message: `then ${needSentence(cause.need)}, ${endOf(cause, timeline, step)}`, at: cause.need.place }];
  });
}

/** What a need asks for: `Service/elk`, `port 27017 of Service/mongo`. */
export function targetOf({ lack }: Cause): string {
  switch (lack.type) {
    case 'no-port':
      return `port ${lack.port} of ${describe(lack.service.resource)}`;
    case 'dead':
      return describe(lack.service.resource);
    case 'not-ready':
      return describe(lack.through?.resource ?? lack.workload);
    case 'absent':
      return describe(lack.resource);
  }
}

/** Why it cannot be met, as a clause: "but Helm creates it only after the hook"; `step` is the one that is blocked. */
export function endOf(cause: Cause, timeline: Timeline, step?: Step): string {
  const root = rootOf(cause);
  const { lack } = root;
  if (lack.type === 'not-ready') return root.cycle ? 'which in turn waits for it' : 'which cannot become ready';
  if (lack.type === 'no-port')
    return cause.next
      ? `which indirectly waits for port ${lack.port} of ${describe(lack.service.resource)}, and that Service does not forward it`
      : 'which that Service does not forward';
  if (lack.type === 'dead')
    return cause.next
      ? `which indirectly waits for ${describe(lack.service.resource)}, and ${deadWords(lack)}`
      : `but ${deadWords(lack)}`;
  const needs = cause.next ? `which indirectly needs ${describe(lack.resource)}, ` : '';
  const { action, engine } = timeline.options;
  if (goneBy(lack.resource, timeline, step)) return `${needs}but ${actor(engine)} has deleted it by then`;
  const created = timeline.createdBy(lack.resource);
  if (!created) return `${needs}but no step of ${action === 'install' ? 'an install' : `an ${action}`} creates it`;
  return engine === 'argocd'
    ? `${needs}but Argo CD creates it only afterwards (${created.title})`
    : `${needs}but Helm creates it only after ${step && !step.hook ? 'that' : 'the hook'}`;
}

/** Why nothing answers for a Service, or for a pod behind it. */
function deadWords({ service, end }: Lack & { type: 'dead' }): string {
  const { workload, name } = end;
  switch (end.dead) {
    case 'target-port':
      return `its targetPort ${name} is the name of no container port in ${describe(workload)}`;
    case 'headless-port':
      return `it is headless: the name leads to the pods of ${describe(workload)} themselves, which listen on ${name}`;
    case 'no-replicas':
      return `${describe(workload)} behind it has 0 replicas`;
    case 'later-pod':
      return `${describe(workload)} creates pod ${name} only when those before it are ready`;
    case 'service-name':
      return `${describe(workload)} names ${name === '' ? 'no Service' : `Service/${name}`} as its serviceName, so its pods have no names under ${service.resource.name}`;
  }
}

/** The step that has deleted a resource before `step`. */
function goneBy(resource: Resource, timeline: Timeline, step: Step | undefined): Step | undefined {
  const removed = timeline.removedBy(resource);
  const early = removed && step && timeline.steps.indexOf(removed) >= timeline.steps.indexOf(step);
  return early ? undefined : removed;
}

/** Whether a chain ends at a hook that the same event runs later: a question of weights, not of events. */
export function isLaterHook(cause: Cause, step: Step, timeline: Timeline): boolean {
  const { lack } = rootOf(cause);
  const created = lack.type === 'absent' ? timeline.createdBy(lack.resource) : undefined;
  return created !== undefined && created.hook !== undefined && created.event === step.event;
}

/** The place where a chain of causes ends. */
export function placeOfCause(cause: Cause): Place {
  return placeOfLack(rootOf(cause).lack);
}

function needSentence(need: Need): string {
  const probe = need.type === 'wait' && need.probe !== undefined ? `the ${need.probe} of ` : '';
  const who = need.container
    ? `${probe}${need.container.role === 'main' ? 'container' : `${need.container.role} container`} ${need.container.name} of ${describe(need.workload)}`
    : describe(need.workload);
  return `${who} ${needWords(need)}`;
}

/** What a pod does with what it needs: `waits for elk:9200 (nc)`, `needs Secret/db (env)`. */
export function needWords(need: Need): string {
  switch (need.type) {
    case 'reference':
      return `needs ${need.reference.kind}/${need.reference.name} (${need.reference.via})`;
    case 'connection':
      return `migrates the database at ${need.connection.host}${need.connection.port ? `:${need.connection.port}` : ''}`;
    case 'wait': {
      const { wait } = need;
      const tool = ` (${wait.tool})`;
      switch (wait.kind) {
        case 'host':
          return `waits for ${wait.host}${wait.port ? `:${wait.port}` : ''}${tool}`;
        case 'service':
          return `waits for Service/${wait.name}${tool}`;
        case 'job':
          return `waits for ${wait.name ? `Job/${wait.name}` : `a Job with ${wait.selector ?? 'these labels'}`}${tool}`;
        case 'pod':
          return `waits for ${wait.name ? `Pod/${wait.name}` : `a pod with ${wait.selector ?? 'these labels'}`}${tool}`;
        case 'workload':
          return `waits for the rollout of ${wait.resource} ${wait.name}${tool}`;
        case 'content':
          return `waits for the result of a query to the database at ${wait.host}${tool}`;
        case 'schema':
          return `waits for the migrated schema${tool}`;
      }
    }
  }
}

function through(lack: Lack): { message: string; at: Place }[] {
  if (lack.type !== 'not-ready') return [];
  const { workload, through: service, late } = lack;
  const state = late ? 'still waits' : workload.kind === 'Job' ? 'is not complete' : 'is not ready';
  const message = service
    ? `${late ? 'nothing answers for ' : ''}${describe(service.resource)}${late ? '' : ' has no ready pod'}: ${describe(workload)} ${state}`
    : `${describe(workload)} ${state}`;
  return [{ message, at: workload.resource.place('metadata', 'name') }];
}

function lackSentence({ lack, cycle }: Cause, timeline: Timeline, step?: Step): string {
  switch (lack.type) {
    case 'no-port':
      return `${describe(lack.service.resource)} forwards no port ${lack.port} (it has ${beside(lack.service.ports.map(({ port }) => String(port))) || 'none'})`;
    case 'dead':
      return `nothing answers for ${describe(lack.service.resource)}: ${deadWords(lack)}`;
    case 'not-ready':
      return `${describe(lack.workload)} ${lack.late ? 'still waits' : 'is not ready'}${cycle ? ': it waits for this in turn' : ''}`;
    case 'absent':
      return `${describe(lack.resource)} ${whenCreated(lack.resource, timeline, step)}`;
  }
}

/**
 * When Helm creates a resource: "is created with the release, after every pre-install hook"; `blocked` is the step that
 * lacks it.
 */
export function whenCreated(resource: Resource, timeline: Timeline, blocked?: Step): string {
  const step = timeline.createdBy(resource);
  const removed = goneBy(resource, timeline, blocked);
  const { action, engine } = timeline.options;
  if (removed && removed.phase === 'resources') return 'is deleted with the release, before every post-delete hook';
  if (removed) return `is deleted when the ${removed.event ?? removed.title} hooks have finished (hook-succeeded)`;
  if (!step) return `is not part of ${action === 'install' ? 'an install' : `an ${action}`}`;
  if (step.hook) return `is created by a ${step.event} hook of weight ${step.hook.weight}, after this`;
  if (engine === 'argocd') return `is created in ${step.title}`;
  return `is created with the release, after every ${action === 'install' ? 'pre-install' : 'pre-upgrade'} hook`;
}

/** `pre-install,pre-upgrade hook`. */
export function hookWords(hook: Hook): string {
  return `${hook.events.join(',')} hook`;
}

function placeOfLack(lack: Lack): Place {
  switch (lack.type) {
    case 'no-port':
      return lack.service.resource.place('spec', 'ports');
    case 'dead':
      return placeOfDead(lack);
    case 'not-ready':
      return lack.workload.resource.place('metadata', 'name');
    case 'absent':
      return lack.resource.place('metadata', 'name');
  }
}

function placeOfDead({ service, end: { dead, workload, name } }: Lack & { type: 'dead' }): Place {
  const { resource } = workload;
  switch (dead) {
    case 'headless-port':
      return service.resource.place('spec', 'clusterIP');
    case 'no-replicas':
      return resource.place('spec', 'replicas');
    case 'later-pod':
      return resource.place('metadata', 'name');
    case 'service-name':
      return name === '' ? resource.place('metadata', 'name') : resource.place('spec', 'serviceName');
    case 'target-port':
      return service.resource.place(
        'spec',
        'ports',
        service.ports.findIndex(({ targetPort }) => targetPort === name),
        'targetPort',
      );
  }
}
