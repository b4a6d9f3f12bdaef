import { groupBy } from '../../../group-by.ts';
import type { PlanRelease } from '../../plan.ts';
import type { PageData } from '../data.ts';
import { button, el, hidden } from './dom.ts';

const marks = { passes: '✓', stops: '✗', 'may-stop': '?', 'not-reached': '–', unknown: '·' } as const;

/** The releases whose name or chart has every word of the search. */
export function matchingReleases({ releases = [] }: PageData, query: string): PlanRelease[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return releases.filter(({ name, chart = '' }) =>
    words.every((word) => `release ${name} ${chart}`.toLowerCase().includes(word)),
  );
}

/** The plan of a release: that of its scenario; -1 where it was not planned. */
export function planOf({ name }: PlanRelease, { plans }: PageData): number {
  return plans.findIndex(({ scenarios = [] }) =>
    scenarios.some((one) => one === name || one === `${name} (install)` || one === `${name} (upgrade)`),
  );
}

/** Releases as lanes, from left to right; a click shows the plan of one. */
export function drawReleases(data: PageData, current: number, turnTo: (plan: number) => void): HTMLElement[] {
  const lanes = [...groupBy(data.releases ?? [], ({ lane }) => lane)];
  return lanes.map(([lane, releases]) =>
    el(
      'div',
      { class: 'step' },
      el('h2', {}, lane === undefined ? 'Never' : `Step ${lane}`),
      el(
        'ul',
        {},
        ...releases.map((release) => {
          const { name, state, text, after, chain = [] } = release;
          const plan = planOf(release, data);
          const said = [
            el('span', { class: 'release-name' }, `${marks[state]} ${name}`),
            after.length > 0 && el('span', { class: 'place' }, `after ${after.join(', ')}`),
            hidden(`: ${text}`),
          ];
          const props = { class: `release ${state}`, title: text };
          return el(
            'li',
            {},
            plan === -1
              ? el('div', props, ...said)
              : button(
                  { ...props, 'data-key': `release ${name}`, 'aria-current': plan === current && 'true' },
                  () => turnTo(plan),
                  ...said,
                ),
            chain.length > 0 &&
              el(
                'ol',
                { class: 'links' },
                el('li', {}, text),
                ...chain.map((link) => el('li', {}, `${link.text} (${link.at.file}:${link.at.line})`)),
              ),
          );
        }),
      ),
    ),
  );
}
