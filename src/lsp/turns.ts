import type { Phase, Plan, PlanNeed, PlanResource, Rollout } from '../plan/plan.ts';

/** When a resource runs in a rollout. */
export interface Turn {
  rollout: Rollout;
  phase: Phase;
  resource: PlanResource;
  /** Its number among the resources of its phase, from 1, and how many there are. */
  number: number;
  count: number;
  before?: PlanResource;
  after?: PlanResource;
  reached: boolean;
}

/** The turns of a resource in all rollouts of all plans. */
export function turnsOf(plans: readonly Plan[], id: string): Turn[] {
  return plans.flatMap(({ rollouts }) => rollouts.flatMap((rollout) => turnIn(rollout, id) ?? []));
}

function turnIn(rollout: Rollout, id: string): Turn | undefined {
  const byId = new Map(rollout.resources.map((resource) => [resource.id, resource]));
  const resource = byId.get(id);
  const phase = rollout.phases.find(({ steps }) => steps.some(({ create }) => create.includes(id)));
  if (!resource || !phase) return undefined;
  const order = phase.steps.flatMap(({ create }) => create);
  const at = order.indexOf(id);
  const step = phase.steps.find(({ create }) => create.includes(id))!;
  return {
    rollout,
    phase,
    resource,
    number: at + 1,
    count: order.length,
    before: byId.get(order[at - 1] ?? ''),
    after: byId.get(order[at + 1] ?? ''),
    reached: step.state !== 'not-reached',
  };
}

/** `pre-install hook 3 of 11, after auth-migrations; waits for elk (created in phase 2), mariadb`. */
export function turnText(turn: Turn): string {
  const { phase, number, count, before, resource } = turn;
  const place =
    resource.hook === undefined
      ? `${phase.title}: ${number} of ${count}`
      : `${phase.title.replace(/hooks$/, 'hook')} ${number} of ${count}`;
  const waits = waitsOf(resource, turn.rollout);
  return [
    `${place}${before ? `, after ${before.name}` : ''}`,
    ...(waits.length > 0 ? [`waits for ${waits.join(', ')}`] : []),
  ].join('; ');
}

/** Texts of turns that differ in the event only become one: `pre-install and pre-upgrade hook 1 of 2`. */
export function turnTexts(turns: readonly Turn[]): string[] {
  const texts = new Map<string, string[]>();
  for (const turn of turns) {
    const text = turnText(turn);
    const title = turn.phase.title.replace(/ hooks$/, '');
    const rest = text.startsWith(title) ? text.slice(title.length) : text;
    const known = texts.get(rest);
    if (!known) texts.set(rest, [title]);
    else if (!known.includes(title)) known.push(title);
  }
  return [...texts].map(([rest, titles]) => `${titles.join(' and ')}${rest}`);
}

/** What the pods of a resource wait for, each once; behind what never comes in time why: `elk, mongo (created in phase 2)`. */
function waitsOf({ needs }: PlanResource, { resources }: Rollout): string[] {
  const byReason = new Map<string, Set<string>>();
  for (const need of needs) {
    if (need.type === 'reference') continue;
    const targets = need.targets.flatMap((id) => resources.find((one) => one.id === id)?.name ?? []);
    const reason = need.state === 'unmet' || need.state === 'in-vain' ? ` (${need.when})` : '';
    const names = byReason.get(reason) ?? new Set();
    byReason.set(reason, names.add(targets.join(' and ') || hostOf(need)));
  }
  return [...byReason].map(([reason, names]) => `${listed([...names], mostNames)}${reason}`);
}

const mostNames = 4;

/** `db.example.com:5432` of `waits for db.example.com:5432 (nc)`. */
function hostOf({ text }: PlanNeed): string {
  return text.replace(/^(?:waits for|migrates through|migrates|needs) /, '').replace(/ \([^()]*\)$/, '');
}

function listed(names: readonly string[], most: number): string {
  return `${names.slice(0, most).join(', ')}${names.length > most ? `, and ${names.length - most} more` : ''}`;
}
