import type { Box, Layout } from '../layout.ts';
import type { Page } from './state.ts';
import type { Viewport } from './viewport.ts';

/** What keys act on. */
export interface Keyboard {
  search: HTMLInputElement;
  viewport: Viewport;
  page: () => Page;
  layout: () => Layout;
  turnTo: (rollout: number) => void;
}

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * Keys of the page: / searches, + - 0 zoom, u is the next action, Escape takes back, and arrows walk from node to node.
 */
export function onKey(event: KeyboardEvent, keyboard: Keyboard): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target as HTMLElement;
  const page = keyboard.page();
  if (event.key === 'Escape') {
    keyboard.search.value = '';
    if (page.state.query !== '') page.change({ query: '' });
    else page.select(undefined);
    return;
  }
  if (target.closest('input:not([type=radio], [type=checkbox]), select')) return;
  const direction = arrows[event.key];
  if (direction && target.closest('.canvas') && target.dataset['key'] !== undefined) {
    event.preventDefault();
    walk(target.dataset['key'], direction, keyboard);
  } else if (direction?.[1] && target.closest('#list')) {
    event.preventDefault();
    const items = [...document.querySelectorAll<HTMLElement>('#list button')];
    items[items.indexOf(target) + direction[1]]?.focus();
  } else if (event.key === '/') {
    event.preventDefault();
    keyboard.search.focus();
  } else if (event.key === '+' || event.key === '=') keyboard.viewport.zoomBy(1.25);
  else if (event.key === '-') keyboard.viewport.zoomBy(0.8);
  else if (event.key === '0') keyboard.viewport.fit(keyboard.layout());
  else if (event.key === 'u') keyboard.turnTo((page.state.rollout + 1) % page.plan.rollouts.length);
}

/** Focuses what is next in a direction: the nearest, where what is to the side counts twice. */
function walk(key: string, [dx, dy]: readonly [number, number], { layout, viewport }: Keyboard): void {
  const { nodes, groups } = layout();
  const boxes = [...nodes, ...groups];
  const from = boxes.find(([other]) => other === key)?.[1];
  if (!from) return;
  const next = boxes
    .flatMap(([other, box]) => {
      const [x, y] = [middleX(box) - middleX(from), box.y - from.y];
      const [ahead, aside] = [x * dx + y * dy, Math.abs(x * dy) + Math.abs(y * dx)];
      return other !== key && ahead > 4 ? [{ other, distance: ahead + 2 * aside }] : [];
    })
    .sort((a, b) => a.distance - b.distance)[0];
  if (!next) return;
  const all = [...document.querySelectorAll<HTMLElement>('.canvas [data-key]')];
  for (const one of all) one.tabIndex = one.dataset['key'] === next.other ? 0 : -1;
  all.find(({ dataset }) => dataset['key'] === next.other)?.focus({ preventScroll: true });
  viewport.reveal([next.other], layout());
}

function middleX({ x, width }: Box): number {
  return x + width / 2;
}
