import { drawGraph, type Drawn } from '../../src/plan/html/browser/graph.ts';
import { el } from '../../src/plan/html/browser/dom.ts';
import type { Page, Selection, State } from '../../src/plan/html/browser/state.ts';
import { Viewport } from '../../src/plan/html/browser/viewport.ts';
import type { Plan } from '../../src/playground.ts';
import '../../src/plan/html/browser/picture.css';

/** The picture of a plan: the same as on the page that `migrate-lint plan --format html` writes. */
export class Picture {
  private readonly scroller = el('div', {
    class: 'scroller',
    tabindex: 0,
    role: 'region',
    'aria-label': 'Picture of the rollout',
  });
  private readonly switches = el('fieldset', { class: 'switch', hidden: true });
  private readonly viewport: Viewport;
  private readonly onLine: (line: number) => void;
  private state: State = {
    plan: 0,
    rollout: 0,
    grouping: 'kind',
    open: new Set(),
    allEdges: false,
    query: '',
    zoom: 1,
  };
  private plan: Plan | undefined;
  private drawn: Drawn | undefined;

  constructor(parent: HTMLElement, onLine: (line: number) => void) {
    this.onLine = onLine;
    parent.append(this.switches, this.scroller);
    this.viewport = new Viewport(this.scroller, (zoom) => (this.state = { ...this.state, zoom }));
  }

  /** Draws a plan, or nothing. */
  show(plan: Plan | undefined): void {
    const first = this.plan === undefined;
    this.plan = plan;
    const { selection, rollout } = this.state;
    const known = (id: string) => plan?.rollouts.some(({ resources }) => resources.some((one) => one.id === id));
    const kept = selection?.type === 'resource' && known(selection.id) ? selection : undefined;
    this.state = { ...this.state, rollout: Math.min(rollout, (plan?.rollouts.length ?? 1) - 1), selection: kept };
    this.draw();
    if (first && this.drawn) this.viewport.home(this.drawn.layout);
  }

  private draw(): void {
    const { plan } = this;
    this.drawSwitches();
    if (!plan) {
      this.scroller.replaceChildren();
      this.drawn = undefined;
      return;
    }
    const rollout = plan.rollouts[this.state.rollout]!;
    const resources = new Map(rollout.resources.map((resource) => [resource.id, resource]));
    const page: Page = {
      data: { plans: [plan], lines: {}, errors: [] },
      state: this.state,
      plan,
      rollout,
      resource: (id) => resources.get(id),
      select: (selection) => this.select(selection),
      change: (change) => this.change(change),
    };
    this.drawn = drawGraph(page);
    this.viewport.show(this.drawn.element, this.state.zoom);
    // Every node is reached with the tabulator: there are no arrow keys here.
    for (const node of this.drawn.element.querySelectorAll<HTMLElement>('[data-key]')) node.tabIndex = 0;
  }

  private drawSwitches(): void {
    const names = this.plan?.rollouts.map(({ actions }) => actions.join(' and ')) ?? [];
    this.switches.hidden = names.length < 2;
    this.switches.replaceChildren(
      el('legend', { class: 'hidden' }, 'Action'),
      ...names.map((name, index) => {
        const input = el('input', {
          type: 'radio',
          name: 'rollout',
          value: index,
          checked: index === this.state.rollout,
        });
        input.addEventListener('change', () => {
          this.change({ rollout: index });
          if (this.drawn) this.viewport.home(this.drawn.layout);
        });
        return el('label', {}, input, el('span', {}, name));
      }),
    );
  }

  private select(selection: Selection | undefined): void {
    this.change({ selection });
    const id = selection?.type === 'resource' ? selection.id : undefined;
    const resource = this.plan?.rollouts[this.state.rollout]?.resources.find((one) => one.id === id);
    if (resource) this.onLine(resource.at.line);
  }

  private change(change: Partial<State>): void {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['key'] : undefined;
    this.state = { ...this.state, ...change };
    this.draw();
    if (focused !== undefined)
      [...this.scroller.querySelectorAll<HTMLElement>('[data-key]')]
        .find(({ dataset }) => dataset['key'] === focused)
        ?.focus({ preventScroll: true });
  }
}
