import type { PlanFinding, PlanRelease, PlanResource } from '../../plan.ts';
import { changeLines } from '../../../report/changes.ts';
import { button, el, hidden, type Child } from './dom.ts';
import { matchingReleases, planOf } from './releases.ts';
import { labelOf, placeOf, type Page } from './state.ts';

/** Resources that are listed at most. */
const mostFound = 60;

/** What the search found, or else where the rollout stops and the findings of the rules. */
export function drawList(page: Page): Child[] {
  return page.state.query.trim() === '' ? findings(page) : found(page);
}

/** The resources whose name, kind, template or subchart has every word of the search. */
export function matches({ rollout, state }: Page): PlanResource[] {
  const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  const score = ({ name }: PlanResource) => {
    const lower = name.toLowerCase();
    return words.includes(lower) ? 0 : words.some((word) => lower.startsWith(word)) ? 1 : 2;
  };
  return rollout.resources
    .filter((resource) => {
      const text = `${labelOf(resource)} ${resource.at.file} ${resource.subchart ?? ''}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => score(a) - score(b));
}

function found(page: Page): Child[] {
  const all = matches(page);
  const releases = matchingReleases(page.data, page.state.query);
  const count = all.length + releases.length;
  return [
    el('h2', {}, count === 0 ? 'Nothing found' : `${count} found`),
    el(
      'ul',
      {},
      ...releases.slice(0, mostFound).map((release) => el('li', {}, foundRelease(release, page))),
      ...all.slice(0, mostFound).map((resource) =>
        el(
          'li',
          {},
          button(
            { class: 'item', 'data-key': `found ${resource.id}` },
            () => page.select({ type: 'resource', id: resource.id }),
            el('span', { class: 'item-title' }, labelOf(resource)),
            el('span', { class: 'place' }, placeOf(resource.at, page.plan)),
          ),
        ),
      ),
    ),
    all.length > mostFound && el('p', { class: 'note' }, `and ${all.length - mostFound} more`),
  ];
}

/** A release that the search found; a click shows its plan, where it has one. */
function foundRelease(release: PlanRelease, { data, change }: Page): HTMLElement {
  const plan = planOf(release, data);
  const said = [
    el('span', { class: 'item-title' }, `Release ${release.name}`),
    el('span', { class: 'place' }, release.text),
  ];
  return plan === -1
    ? el('div', { class: 'item' }, ...said)
    : button(
        { class: 'item', 'data-key': `found release ${release.name}` },
        () => change({ plan, rollout: 0, selection: undefined }),
        ...said,
      );
}

const severities = ['error', 'warning', 'info'] as const;
const marks = { error: '✗', warning: '!', info: 'i' } as const;

function findings(page: Page): Child[] {
  const { rollout, state, data } = page;
  const { outcome } = rollout;
  const selected = state.selection?.type === 'outcome';
  const numbered = rollout.findings.map((finding, index) => ({ finding, index }));
  return [
    ...changes(page),
    ...(outcome.chain
      ? [
          el('h2', {}, outcome.state === 'may-stop' ? 'May stop' : 'Stops'),
          el(
            'ul',
            {},
            el(
              'li',
              {},
              button(
                { class: `item outcome ${outcome.state}`, 'data-key': 'outcome', 'aria-pressed': String(selected) },
                () => page.select({ type: 'outcome' }),
                el('span', { class: 'item-title' }, outcome.text),
              ),
            ),
          ),
        ]
      : []),
    ...severities.flatMap((severity) => {
      const own = numbered.filter(({ finding }) => finding.severity === severity);
      return [...new Set(own.map(({ finding }) => finding.rule))].flatMap((rule) => {
        const alike = own.filter(({ finding }) => finding.rule === rule);
        return [
          el(
            'h2',
            { class: severity },
            el('span', { 'aria-hidden': 'true' }, `${marks[severity]} `),
            hidden(`${severity}: `),
            rule,
            el('span', { class: 'count' }, ` ${alike.length}`),
          ),
          el('ul', {}, ...alike.map(({ finding, index }) => el('li', {}, item(finding, index, page)))),
        ];
      });
    }),
    rollout.findings.length === 0 && !outcome.chain && el('p', { class: 'note' }, 'No findings.'),
    ...(data.errors.length > 0
      ? [el('h2', {}, 'Not planned'), el('ul', {}, ...data.errors.map((text) => el('li', { class: 'note' }, text)))]
      : []),
  ];
}

const changeMarks = { added: '+', removed: '−', changed: '~' } as const;

/** What is not as it was in the last revision. */
function changes({ plan }: Page): Child[] {
  if (!plan.changes) return [];
  const lines = changeLines(plan.changes);
  return [
    el('h2', {}, `Changes since ${plan.changes.from}`),
    lines.length === 0 && el('p', { class: 'note' }, 'None.'),
    el(
      'ul',
      { class: 'changes' },
      ...lines.map(({ kind, worse, text }) =>
        el(
          'li',
          { class: kind === 'outcome' ? (worse ? 'worse' : 'better') : '' },
          el(
            'span',
            { class: 'mark', 'aria-hidden': 'true' },
            kind === 'outcome' ? (worse ? '✗' : '✓') : changeMarks[kind],
          ),
          hidden(kind),
          ` ${text}`,
        ),
      ),
    ),
  ];
}

function item({ severity, message, at }: PlanFinding, index: number, page: Page): HTMLElement {
  const { selection } = page.state;
  const selected = selection?.type === 'finding' && selection.index === index;
  return button(
    { class: `item finding ${severity}`, 'data-key': `finding ${index}`, 'aria-pressed': String(selected) },
    () => page.select(selected ? undefined : { type: 'finding', index }),
    el('span', { class: 'item-title' }, message),
    el('span', { class: 'place' }, placeOf(at, page.plan)),
  );
}
