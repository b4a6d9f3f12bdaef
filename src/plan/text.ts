import { plural, pluralOf } from '../plural.ts';
import { changeLines } from '../report/changes.ts';
import type { RolloutChanges } from '../result.ts';
import { beside } from '../words.ts';
import { factsOf, fateOf, lacksOf, type Fate } from './fate.ts';
import { Lines, type Cell } from './lines.ts';
import { kindsOf, nameOf, titleOf } from './words.ts';
import type { At, Phase, Plan, PlanNeed, PlanRelease, PlanResource, PlanStep, Rollout } from './plan.ts';

/** How a plan is printed. */
export interface TextOptions {
  color: boolean;
  /** Everything is listed: each resource, and each hook that is not reached. */
  all: boolean;
  /** What is deployed, before the plans. */
  releases?: readonly PlanRelease[];
}

/** Hooks that are not reached and listed one by one. */
const mostNotReached = 2;

/** Plans for people: a block for each phase, at most 100 columns wide, alike in each run. */
export function text(plans: readonly Plan[], options: TextOptions): string {
  const lines = new Lines(options.color);
  if (options.releases) writeReleases(options.releases, lines);
  for (const plan of plans) {
    if (plan.changes) writeChanges(plan, plan.changes, lines);
    for (const rollout of plan.rollouts) {
      lines.blank();
      new RolloutText(plan, rollout, lines, options).write();
    }
  }
  return lines.toString();
}

const changeMarks = { added: '+', removed: '-', changed: '~' } as const;
const changeStyles = { added: 'green', removed: 'red', changed: 'yellow' } as const;

/** Releases in their order, a lane after the other. */
function writeReleases(releases: readonly PlanRelease[], lines: Lines): void {
  const lanes = new Set(releases.flatMap(({ lane }) => lane ?? [])).size;
  lines.text(0, `${plural(releases.length, 'release')} in ${plural(lanes, 'step')}`, 'bold', 2);
  let last: number | undefined = 0;
  for (const { name, lane, at, after, wave, state, text: said, chain = [] } of releases) {
    const number = lane === last ? '  ' : lane === undefined ? ' –' : String(lane).padStart(2);
    last = lane;
    const waits = after.length > 3 ? `${after.slice(0, 3).join(', ')} and ${after.length - 3} more` : after.join(', ');
    const when = [waits && `after ${waits}`, wave === undefined ? '' : `wave ${wave}`].filter(Boolean).join(', ');
    const mark = releaseMarks[state];
    lines.row(0, { text: `${number}  ${name}` }, { text: when, style: 'dim' }, `${at.file}:${at.line}`);
    lines.text(6, `${mark} ${said}`, releaseStyles[state], 8);
    for (const link of chain) lines.text(8, `${link.text} (${link.at.file}:${link.at.line})`, 'dim', 10);
  }
}

const releaseMarks = { passes: '✓', stops: '✗', 'may-stop': '?', 'not-reached': '–', unknown: '·' } as const;
const releaseStyles = {
  passes: 'green',
  stops: 'red',
  'may-stop': 'yellow',
  'not-reached': 'yellow',
  unknown: 'dim',
} as const;

/** What a reviewer wants to see first: what is not as it was. */
function writeChanges(plan: Plan, changes: RolloutChanges, lines: Lines): void {
  lines.blank();
  lines.text(0, `${nameOf(plan)} · changes since ${changes.from}`, 'bold', 2);
  const all = changeLines(changes);
  if (all.length === 0) lines.text(0, 'none: the hooks are as they were, and each action ends as before', 'dim', 2);
  for (const { kind, worse, text: said } of all) {
    const style = kind === 'outcome' ? (worse ? 'red' : 'green') : changeStyles[kind];
    lines.text(0, `${kind === 'outcome' ? (worse ? '✗' : '✓') : changeMarks[kind]} ${said}`, style, 4);
  }
}

const marks = { passes: '✓', stops: '✗', 'may-stop': '?' } as const;
const styles = { passes: 'green', stops: 'red', 'may-stop': 'yellow' } as const;

class RolloutText {
  private readonly byId: ReadonlyMap<string, PlanResource>;
  private readonly plan: Plan;
  private readonly rollout: Rollout;
  private readonly lines: Lines;
  private readonly options: TextOptions;

  constructor(plan: Plan, rollout: Rollout, lines: Lines, options: TextOptions) {
    this.plan = plan;
    this.rollout = rollout;
    this.lines = lines;
    this.options = options;
    this.byId = new Map(rollout.resources.map((resource) => [resource.id, resource]));
  }

  write(): void {
    const { plan, rollout, lines } = this;
    const { outcome } = rollout;
    lines.text(0, titleOf(plan, rollout), 'bold', 2);
    lines.text(0, `${marks[outcome.state]} ${outcome.text}`, [styles[outcome.state], 'bold'], 2);
    lines.blank();
    for (const phase of rollout.phases) this.phase(phase);
    this.others();
  }

  private phase(phase: Phase): void {
    const { lines } = this;
    const title: Cell = { text: `${String(phase.number).padStart(2)}  ${phase.title}`, style: 'bold' };
    const created = phase.steps.reduce((sum, { create }) => sum + create.length, 0);
    if (created === 0) return lines.row(0, title, { text: 'none', style: 'dim' });
    const isHooks = phase.steps.every(({ create }) => create.every((id) => this.byId.get(id)?.hook));
    lines.row(0, title, { text: phase.reached ? phase.how : 'not reached', style: phase.reached ? 'dim' : 'yellow' });
    if (!isHooks) lines.text(4, `${plural(created, 'resource')}: ${this.kinds(phase)}`, undefined, 6);
    const steps = phase.steps.map((step) => ({
      step,
      resources: step.create.flatMap((id) => this.byId.get(id) ?? []),
    }));
    const left = steps.filter(({ step }) => step.state === 'not-reached' && !this.options.all);
    const listed = isHooks
      ? steps.filter(
          (one) => left.length <= mostNotReached + 1 || !left.includes(one) || left.indexOf(one) < mostNotReached,
        )
      : steps;
    for (const { step, resources } of listed)
      for (const resource of resources)
        if (isHooks || this.isShown(resource, step)) this.resource(resource, step, isHooks);
    const more = isHooks ? steps.slice().filter((one) => !listed.includes(one)) : [];
    if (more.length > 0) {
      const names = more.flatMap(({ resources }) =>
        resources.map(({ kind, name }) => (kind === 'Job' ? name : `${kind}/${name}`)),
      );
      lines.text(6, `…  ${more.length} more hooks not reached: ${names.join(', ')}`, 'dim', 9);
    }
    for (const step of phase.steps)
      if (step.remove.length > 0 && step.state !== 'not-reached' && step.state !== 'stops')
        lines.text(6, `then deleted (hook-succeeded): ${this.removed(step, created)}`, 'dim', 9);
  }

  /** Of the resources those that something is wrong with; a wave's hooks too, and under `--all` every one. */
  private isShown(resource: PlanResource, { state }: PlanStep): boolean {
    if (this.options.all || resource.stuck) return true;
    if (state === 'not-reached') return false;
    return resource.hook !== undefined || lacksOf(resource).length > 0;
  }

  private resource(resource: PlanResource, step: PlanStep, isHook: boolean): void {
    const { kind, name, hook, at, migrates } = resource;
    const weight = isHook ? `${String(hook?.weight ?? 0).padStart(4)}  ` : '      ';
    const label = `${weight}${kind}/${name || '(without a name)'}${migrates && kind !== 'Job' ? ' (migrates)' : ''}`;
    this.lines.row(3, { text: label }, fateCell(fateOf(resource, step)), this.place(at));
    if (step.state === 'not-reached' && !this.options.all) return;
    const facts = factsOf(resource);
    if (isHook && facts) this.lines.text(11, facts, 'dim', 13);
    for (const need of lacksOf(resource)) this.need(need);
    this.met(resource.needs);
  }

  /** What is there when it is needed, in a line for each time at which it came. */
  private met(needs: readonly PlanNeed[]): void {
    const groups = new Map<string, { verb: string; when: string; names: string[] }>();
    for (const { text, type, state, when } of needs) {
      if (state !== 'met' && state !== 'outside') continue;
      const [, waits = '', name = text] =
        /^(needs|waits for|migrates(?: through)?) (.*?)(?: \(\w+\))?$/.exec(text) ?? [];
      const verb = type === 'reference' ? 'uses' : waits;
      const group = groups.get(verb + when) ?? { verb, when, names: [] };
      groups.set(verb + when, group);
      if (!group.names.includes(name)) group.names.push(name);
    }
    for (const { verb, when, names } of groups.values())
      this.lines.text(11, `${verb} ${listed(names)}: ${when}`, 'dim', 13);
  }

  private need({ text, state, when, doubt, at }: PlanNeed): void {
    const style = state === 'unmet' ? 'red' : state === 'in-vain' ? 'yellow' : 'dim';
    const condition = doubt === undefined ? '' : `, only ${doubt}`;
    const words = state === 'in-vain' ? `in vain: ${when}` : when;
    this.lines.row(
      11,
      { text, ...(state === 'met' || state === 'outside' ? { style: 'dim' as const } : {}) },
      { text: words + condition, style },
      this.place(at),
    );
  }

  /** Findings that are not about where it stops. */
  private others(): void {
    const { findings } = this.rollout;
    const count = (severity: string, noun: string) => {
      const number = findings.filter((finding) => finding.severity === severity).length;
      return number > 0 ? [plural(number, noun)] : [];
    };
    const parts = [...count('error', 'error'), ...count('warning', 'warning')];
    if (parts.length === 0) return;
    const rules = [...new Set(findings.filter(({ severity }) => severity !== 'info').map(({ rule }) => rule))].sort();
    this.lines.blank();
    this.lines.text(
      0,
      `migrate-lint ${this.plan.chart.path} reports ${parts.join(' and ')}: ${rules.join(', ')}`,
      'dim',
      2,
    );
  }

  private kinds({ steps }: Phase): string {
    return kindsOf(steps.flatMap(({ create }) => create.flatMap((id) => this.byId.get(id) ?? [])));
  }

  private removed({ remove }: PlanStep, created: number): string {
    if (remove.length === created && created > 2) return `all ${created}`;
    return beside(
      remove.map((id) => this.nameOf(id)),
      this.options.all ? Infinity : 3,
    );
  }

  private nameOf(id: string): string {
    const resource = this.byId.get(id);
    return resource ? `${resource.kind}/${resource.name}` : id;
  }

  private place({ file, line }: At): string {
    const { path } = this.plan.chart;
    return `${file.startsWith(`${path}/`) ? file.slice(path.length + 1) : file}:${line}`;
  }
}

/** `Services elk:9200, mongo:80`: the kind once where all have one. */
function listed(names: readonly string[]): string {
  const kind = /^[A-Z]\w*\//.exec(names[0] ?? '')?.[0];
  return kind !== undefined && names.length > 1 && names.every((name) => name.startsWith(kind))
    ? `${pluralOf(kind.slice(0, -1))} ${names.map((name) => name.slice(kind.length)).join(', ')}`
    : names.join(', ');
}

const fateMarks = { passes: '✓ ', stops: '✗ ', doubt: '? ', stuck: '! ', 'not-reached': '' } as const;
const fateStyles = {
  passes: 'green',
  stops: 'red',
  doubt: 'yellow',
  stuck: 'yellow',
  'not-reached': 'yellow',
} as const;

function fateCell({ state, text }: Fate): Cell {
  return { text: `${fateMarks[state]}${text}`.trimEnd(), style: fateStyles[state] };
}
