// The script of the page that `migrate-lint plan --format html` writes. It asks for nothing: all that it shows is in
// the page.
import type { Plan } from '../../plan.ts';
import { howOf, nameOf } from '../../words.ts';
import type { PageData } from '../data.ts';
import { unpacked, type Packed } from '../pack.ts';
import { groupings, type Grouping } from '../scene.ts';
import { drawDetails } from './details.ts';
import { button, byId, el } from './dom.ts';
import { drawGraph, type Drawn } from './graph.ts';
import { onKey } from './keyboard.ts';
import { drawList, matches } from './list.ts';
import { drawReleases } from './releases.ts';
import { chainOf, type Page, type Selection, type State } from './state.ts';
import { Viewport } from './viewport.ts';

const data = unpacked(JSON.parse(byId('data').textContent) as Packed) as unknown as PageData;
const outcomeMarks = { passes: '✓', stops: '✗', 'may-stop': '?' } as const;
const groupingNames: Record<Grouping, string> = { kind: 'kind', template: 'template', subchart: 'subchart' };

let state: State = { plan: 0, rollout: 0, grouping: 'kind', open: new Set(), allEdges: false, query: '', zoom: 1 };
let drawn: Drawn | undefined;
const viewport = new Viewport(byId('scroller'), (zoom) => void (state = { ...state, zoom }));

function pageOf(): Page {
  const plan = data.plans[state.plan]!;
  const rollout = plan.rollouts[state.rollout] ?? plan.rollouts[0]!;
  const resources = new Map(rollout.resources.map((resource) => [resource.id, resource]));
  return { data, state, plan, rollout, resource: (id) => resources.get(id), select, change };
}

function change(changed: Partial<State>): void {
  state = { ...state, ...changed };
  draw();
}

function select(selection: Selection | undefined): void {
  change({ selection });
  const page = pageOf();
  if (selection?.type === 'resource') viewport.reveal([selection.id], drawn!.layout);
  else if (selection?.type === 'finding' || selection?.type === 'outcome')
    viewport.reveal(chainOf(page), drawn!.layout);
}

/** Another plan or action: what was selected stays where it is there too. */
function turnTo(plan: number, rollout: number): void {
  const { selection } = state;
  const next = data.plans[plan]!.rollouts[rollout]!;
  const kept = selection?.type === 'resource' && next.resources.some(({ id }) => id === selection.id);
  change({ plan, rollout, selection: kept ? selection : undefined });
  viewport.home(drawn!.layout);
}

function draw(): void {
  const page = pageOf();
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['key'] : undefined;
  drawHead(page);
  byId('releases').hidden = data.releases === undefined;
  byId('releases').replaceChildren(...drawReleases(data, state.plan, (plan) => turnTo(plan, 0)));
  byId('list').replaceChildren(...drawList(page).filter((child) => child !== undefined && child !== false));
  drawn = drawGraph(page);
  viewport.show(drawn.element, state.zoom);
  byId('expand').textContent = allOpen() ? 'Collapse all' : 'Expand all';
  const details = drawDetails(page, drawn.scene).filter((child) => child !== undefined && child !== false);
  byId('details').hidden = details.length === 0;
  byId('details-content').replaceChildren(...details);
  byId('details').scrollTop = 0;
  const all = [...document.querySelectorAll<HTMLElement>('[data-key]')];
  if (focused !== undefined) all.find(({ dataset }) => dataset['key'] === focused)?.focus({ preventScroll: true });
  const nodes = [...drawn.element.querySelectorAll<HTMLElement>('[data-key]')];
  const entry =
    nodes.find((node) => node === document.activeElement || node.matches('.selected, .on-chain')) ?? nodes[0];
  if (entry) entry.tabIndex = 0;
}

function drawHead({ plan, rollout }: Page): void {
  byId('name').textContent = nameOf(plan);
  byId('how').textContent = [plan.from === undefined ? '' : `from ${plan.from}`, howOf(plan)]
    .filter(Boolean)
    .join(' · ');
  const verdict = byId('verdict');
  verdict.className = `verdict ${rollout.outcome.state}`;
  verdict.textContent = `${outcomeMarks[rollout.outcome.state]} ${rollout.outcome.text}`;
  const names = plan.rollouts.map(({ actions }) => actions.join(' and '));
  const current = plan.rollouts.indexOf(rollout);
  const switches = byId('rollouts');
  switches.hidden = names.length < 2;
  if (switches.dataset['names'] === names.join() && switches.querySelector('input:checked')) {
    switches.querySelectorAll('input').forEach((input, index) => (input.checked = index === current));
    return;
  }
  switches.dataset['names'] = names.join();
  switches.replaceChildren(
    el('legend', { class: 'hidden' }, 'Action'),
    ...names.map((name, index) => {
      const input = el('input', { type: 'radio', name: 'rollout', value: index, checked: index === current });
      input.addEventListener('change', () => turnTo(state.plan, index));
      return el('label', {}, input, el('span', {}, name));
    }),
  );
}

function planName(plan: Plan, index: number): string {
  const { chart, engine, scenarios } = plan;
  const alike = data.plans.filter((other) => other.chart.name === chart.name).length > 1;
  const where = scenarios
    ? ` · ${scenarios.slice(0, 3).join(', ')}${scenarios.length > 3 ? ' …' : ''}`
    : alike
      ? ` · ${chart.path}`
      : '';
  return `${index + 1}. ${nameOf(plan)}${engine === 'helm' ? '' : ` · ${engine}`}${where}`;
}

function setUp(): void {
  const plans = byId('plans');
  if (data.plans.length > 1) {
    const choose = el(
      'select',
      { 'aria-label': 'Chart' },
      ...data.plans.map((plan, index) => el('option', { value: index }, planName(plan, index))),
    );
    choose.addEventListener('change', () => turnTo(Number(choose.value), 0));
    plans.append(choose);
  }
  const search = byId('search') as HTMLInputElement;
  search.addEventListener('input', () => change({ query: search.value }));
  search.addEventListener('keydown', (event) => {
    const [first] = state.query.trim() === '' ? [] : matches(pageOf());
    if (event.key === 'Enter' && first) select({ type: 'resource', id: first.id });
  });
  const usesSubcharts = data.plans.some(({ rollouts }) =>
    rollouts.some(({ resources }) => resources.some(({ subchart }) => subchart !== undefined)),
  );
  const grouping = byId('grouping') as HTMLSelectElement;
  grouping.append(
    ...groupings
      .filter((name) => name !== 'subchart' || usesSubcharts)
      .map((name) => el('option', { value: name }, groupingNames[name])),
  );
  grouping.addEventListener('change', () => change({ grouping: grouping.value as Grouping, open: new Set() }));
  const allEdges = byId('all-edges') as HTMLInputElement;
  allEdges.addEventListener('change', () => change({ allEdges: allEdges.checked }));
  byId('expand').addEventListener('click', () => {
    change({ open: allOpen() ? new Set() : new Set(groupKeys()) });
  });
  byId('zoom-in').addEventListener('click', () => viewport.zoomBy(1.25));
  byId('zoom-out').addEventListener('click', () => viewport.zoomBy(0.8));
  byId('fit').addEventListener('click', () => viewport.fit(drawn!.layout));
  byId('close').replaceWith(button({ id: 'close', 'aria-label': 'Close details' }, () => select(undefined), '✕'));
  byId('theme').addEventListener('click', switchTheme);
  document.addEventListener('keydown', (event) =>
    onKey(event, {
      search,
      viewport,
      page: pageOf,
      layout: () => drawn!.layout,
      turnTo: (index) => turnTo(state.plan, index),
    }),
  );
}

function groupKeys(): string[] {
  return drawn!.scene.lanes.flatMap(({ groups }) => groups.map(({ key }) => key));
}

function allOpen(): boolean {
  const keys = groupKeys();
  return keys.length > 0 && keys.every((key) => state.open.has(key));
}

function switchTheme(): void {
  const { dataset } = document.documentElement;
  const dark = dataset['theme'] ? dataset['theme'] === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  dataset['theme'] = dark ? 'light' : 'dark';
}

setUp();
draw();
viewport.home(drawn!.layout);
