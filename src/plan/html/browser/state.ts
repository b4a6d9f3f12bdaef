import type { Plan, PlanFinding, PlanResource, Rollout } from '../../plan.ts';
import type { PageData } from '../data.ts';
import type { Focus, Grouping } from '../scene.ts';

/** What is looked at closer. */
export type Selection =
  | { type: 'resource'; id: string }
  | { type: 'group'; key: string }
  | { type: 'finding'; index: number }
  | { type: 'outcome' };

/** What the page shows. */
export interface State {
  plan: number;
  rollout: number;
  selection?: Selection;
  grouping: Grouping;
  /** Keys of groups whose members are drawn. */
  open: Set<string>;
  /** Whether all edges are drawn; else those between resources that are drawn by themselves. */
  allEdges: boolean;
  query: string;
  zoom: number;
}

/** What the parts of the page are drawn from and what they can do. */
export interface Page {
  data: PageData;
  state: State;
  plan: Plan;
  rollout: Rollout;
  resource: (id: string) => PlanResource | undefined;
  /** Selects, and moves the picture there. */
  select: (selection: Selection | undefined) => void;
  /** Changes the state and draws again. */
  change: (change: Partial<State>) => void;
}

/** The ids of the chain that is highlighted: that of what is selected, or else the one that stops the rollout. */
export function chainOf({ rollout, state: { selection } }: Page): readonly string[] {
  if (selection?.type === 'finding') return chainOfFinding(rollout.findings[selection.index]);
  return selection === undefined || selection.type === 'outcome' ? (rollout.outcome.chain ?? []) : [];
}

/** The ids that are drawn by themselves because of what is selected. */
export function focusOf(page: Page): Focus {
  const { selection } = page.state;
  return selection?.type === 'resource' ? { focus: [], center: selection.id } : { focus: chainOf(page) };
}

function chainOfFinding(finding: PlanFinding | undefined): string[] {
  if (!finding) return [];
  const { chain, resource } = finding;
  return resource === undefined || chain.includes(resource) ? chain : [resource, ...chain];
}

/** `Job/migrate`. */
export function labelOf({ kind, name }: PlanResource): string {
  return `${kind}/${name || '(without a name)'}`;
}

/** `templates/auth.yaml:61`, the path from the chart on. */
export function placeOf({ file, line }: { file: string; line: number }, plan: Plan): string {
  const { path } = plan.chart;
  return `${file.startsWith(`${path}/`) ? file.slice(path.length + 1) : file}:${line}`;
}

export const fateMarks = { passes: '✓', stops: '✗', doubt: '?', stuck: '!', 'not-reached': '–' } as const;
