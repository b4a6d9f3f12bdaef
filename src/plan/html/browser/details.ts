import { factsOf } from '../../fate.ts';
import type { At, PlanFinding, PlanNeed, PlanResource } from '../../plan.ts';
import type { Group, Scene, SceneNode } from '../scene.ts';
import { button, el, type Child } from './dom.ts';
import { fateWords } from './graph.ts';
import { chainOf, fateMarks, labelOf, placeOf, type Page } from './state.ts';

/** Members of a group that are listed at most. */
const mostListed = 200;

/** What is known of what is selected; nothing where nothing is. */
export function drawDetails(page: Page, scene: Scene): Child[] {
  const { selection } = page.state;
  switch (selection?.type) {
    case undefined:
      return [];
    case 'resource': {
      const node = nodesOf(scene).find(({ id }) => id === selection.id);
      return node ? resourceDetails(node, page) : [];
    }
    case 'group': {
      const group = scene.lanes.flatMap(({ groups }) => groups).find(({ key }) => key === selection.key);
      return group ? groupDetails(group, page) : [];
    }
    case 'finding': {
      const finding = page.rollout.findings[selection.index];
      return finding ? findingDetails(finding, page) : [];
    }
    case 'outcome':
      return outcomeDetails(page);
  }
}

function nodesOf({ lanes }: Scene): SceneNode[] {
  return lanes.flatMap(({ nodes, groups }) => [...nodes, ...groups.flatMap(({ members }) => members)]);
}

function resourceDetails({ resource, fate, phase, step }: SceneNode, page: Page): Child[] {
  const { plan, rollout } = page;
  const { hook, namespace, subchart, at, needs, id, migrates } = resource;
  const later = rollout.resources.filter((other) => other.needs.some(({ targets }) => targets.includes(id)));
  const own = rollout.findings.flatMap((finding, index) => (finding.resource === id ? [{ finding, index }] : []));
  const steps = phase.steps.length > 1 ? `, ${step} of ${phase.steps.length}` : '';
  return [
    el('h2', {}, labelOf(resource)),
    el('p', { class: `fate ${fate.state}` }, `${fateMarks[fate.state]} ${fateWords(fate).slice(2)}`),
    facts([
      ['Phase', `${phase.number}, ${phase.title}${steps}`],
      ['Hook', hook && `${hook.events.join(', ')}; weight ${hook.weight}`],
      ['Limits', factsOf(resource)],
      ['Migrates', migrates && 'yes'],
      ['Namespace', namespace],
      ['Subchart', subchart],
      ['Template', placeOf(at, plan)],
    ]),
    code(at, page),
    ...section(
      'Needs',
      needs.map((need) => needDetails(need, page)),
    ),
    ...section(
      'Needed by',
      later.slice(0, mostListed).map((other) => link(other, page)),
    ),
    ...section(
      'Findings',
      own.map(({ finding, index }) =>
        button({ class: 'link' }, () => page.select({ type: 'finding', index }), `${finding.rule}: ${finding.message}`),
      ),
    ),
  ];
}

function needDetails({ text, when, state, doubt, targets, at, because }: PlanNeed, page: Page): HTMLElement {
  const words = `${state === 'in-vain' ? 'in vain: ' : ''}${when}${doubt === undefined ? '' : `, only ${doubt}`}`;
  return el(
    'div',
    { class: `need ${state}` },
    el('p', {}, el('strong', {}, text), ' ', el('span', { class: 'when' }, words)),
    targets.map((id) => {
      const target = page.resource(id);
      return target && link(target, page);
    }),
    el('p', { class: 'place' }, placeOf(at, page.plan)),
    state === 'unmet' && because.length === 0 ? undefined : state === 'unmet' && code(at, page),
    state === 'unmet' && because.length > 0 && links(because, page),
  );
}

function groupDetails({ title, members }: Group, page: Page): Child[] {
  return [
    el('h2', {}, title),
    ...section(
      'Resources',
      members.slice(0, mostListed).map(({ resource }) => link(resource, page)),
    ),
    members.length > mostListed && el('p', {}, `and ${members.length - mostListed} more`),
  ];
}

function findingDetails(finding: PlanFinding, page: Page): Child[] {
  const { rule, severity, message, at, resource } = finding;
  const subject = resource === undefined ? undefined : page.resource(resource);
  return [
    el('h2', {}, rule),
    el('p', { class: `fate ${severity}` }, severity),
    el('p', { class: 'message' }, message),
    el('p', { class: 'place' }, placeOf(at, page.plan)),
    code(at, page),
    ...chainSection(
      page,
      subject?.needs.find((need) => need.at.file === at.file && need.at.line === at.line),
    ),
    el('p', { class: 'hint' }, 'For the rule: ', el('code', {}, `migrate-lint explain ${rule}`)),
  ];
}

function outcomeDetails(page: Page): Child[] {
  const { outcome } = page.rollout;
  const at = outcome.at === undefined ? undefined : page.resource(outcome.at);
  return [
    el('h2', {}, outcome.state === 'may-stop' ? 'Where it may stop' : 'Where it stops'),
    el('p', { class: 'message' }, outcome.text),
    ...chainSection(
      page,
      at?.needs.find(({ chain }) => chain.join() === outcome.chain?.join()),
    ),
  ];
}

/** The resources of the chain, and why the need that begins it is not met. */
function chainSection(page: Page, need: PlanNeed | undefined): Child[] {
  const chain = chainOf(page).flatMap((id) => page.resource(id) ?? []);
  return [
    ...(chain.length > 0
      ? [
          el('h3', {}, 'Chain'),
          el('ol', { class: 'chain' }, ...chain.map((resource) => el('li', {}, link(resource, page)))),
        ]
      : []),
    ...(need && need.because.length > 0 ? [el('h3', {}, 'Why'), links(need.because, page)] : []),
  ];
}

function links(because: PlanNeed['because'], page: Page): HTMLElement {
  return el(
    'ol',
    { class: 'because' },
    ...because.map(({ text, at }) =>
      el('li', {}, el('p', {}, text), el('p', { class: 'place' }, placeOf(at, page.plan)), code(at, page)),
    ),
  );
}

function link(resource: PlanResource, page: Page): HTMLElement {
  return button({ class: 'link' }, () => page.select({ type: 'resource', id: resource.id }), labelOf(resource));
}

function section(title: string, items: readonly HTMLElement[]): Child[] {
  return items.length === 0 ? [] : [el('h3', {}, title), el('div', { class: 'items' }, ...items)];
}

function facts(rows: readonly (readonly [string, string | false | undefined])[]): HTMLElement {
  return el('dl', {}, ...rows.flatMap(([name, value]) => (value ? [el('dt', {}, name), el('dd', {}, value)] : [])));
}

/** The lines of the template around a place. */
function code({ file, line }: At, { data }: Page): HTMLElement | undefined {
  const lines = (data.lines[file] ?? []).filter(([number]) => Math.abs(number - line) <= 1);
  if (!lines.some(([number]) => number === line)) return undefined;
  return el(
    'pre',
    { tabindex: 0, 'aria-label': `Line ${line}`, role: 'group' },
    ...lines.map(([number, text]) =>
      el(
        'code',
        { class: number === line ? 'marked' : '' },
        el('span', { class: 'number' }, `${number} `),
        `${text}\n`,
      ),
    ),
  );
}
