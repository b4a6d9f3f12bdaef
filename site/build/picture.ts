import { JSDOM } from 'jsdom';
import type { Plan } from '../../src/plan/plan.ts';
import { drawGraph } from '../../src/plan/html/browser/graph.ts';

/** The picture of a plan's first rollout as HTML that does nothing: for a page without scripts. */
export function pictureOf(plan: Plan): string {
  const { document } = new JSDOM('<svg id="svg"></svg>').window;
  Object.assign(globalThis, { document });
  try {
    const [rollout] = plan.rollouts;
    const resources = new Map(rollout!.resources.map((resource) => [resource.id, resource]));
    const state = {
      plan: 0,
      rollout: 0,
      grouping: 'kind' as const,
      open: new Set<string>(),
      allEdges: false,
      query: '',
      zoom: 1,
    };
    const { element } = drawGraph({
      data: { plans: [plan], lines: {}, errors: [] },
      state,
      plan,
      rollout: rollout!,
      resource: (id) => resources.get(id),
      select: () => undefined,
      change: () => undefined,
    });
    const picture = document.createElement('div');
    picture.setAttribute('inert', '');
    picture.append(element);
    const figure = document.createElement('figure');
    // What scrolls can be reached by keys.
    figure.setAttribute('tabindex', '0');
    const caption = document.createElement('figcaption');
    caption.textContent = rollout!.outcome.text;
    figure.append(caption, picture);
    return figure.outerHTML.replace(/\s*\n\s*/g, ' ').replaceAll('{', '&#123;');
  } finally {
    Reflect.deleteProperty(globalThis, 'document');
  }
}
