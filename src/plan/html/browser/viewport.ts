import type { Box, Layout } from '../layout.ts';

const least = 0.25;
const most = 2.5;
const margin = 24;

/** The part of the picture that is seen: scrolled by the browser, moved by dragging, zoomed by Ctrl and the wheel. */
export class Viewport {
  private readonly scroller: HTMLElement;
  private readonly zoomed: (zoom: number) => void;
  private canvas: HTMLElement | undefined;
  private zoom = 1;

  constructor(scroller: HTMLElement, zoomed: (zoom: number) => void) {
    this.scroller = scroller;
    this.zoomed = zoomed;
    scroller.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        const box = scroller.getBoundingClientRect();
        this.zoomBy(Math.exp(-event.deltaY / 300), { x: event.clientX - box.left, y: event.clientY - box.top });
      },
      { passive: false },
    );
    this.dragging();
  }

  /** Another picture, at the same place. */
  show(canvas: HTMLElement, zoom: number): void {
    const { scrollLeft, scrollTop } = this.scroller;
    this.canvas = canvas;
    this.scroller.replaceChildren(canvas);
    this.setZoom(zoom);
    this.scroller.scrollTo(scrollLeft, scrollTop);
  }

  /** Zooms, and keeps a point of the viewport where it is: its middle, where none is given. */
  zoomBy(factor: number, at = { x: this.scroller.clientWidth / 2, y: this.scroller.clientHeight / 2 }): void {
    const { scroller, zoom } = this;
    const [x, y] = [(scroller.scrollLeft + at.x) / zoom, (scroller.scrollTop + at.y) / zoom];
    this.setZoom(zoom * factor);
    scroller.scrollTo(x * this.zoom - at.x, y * this.zoom - at.y);
  }

  /** All of the picture. */
  fit({ width, height }: Layout): void {
    const { clientWidth, clientHeight } = this.scroller;
    this.setZoom(Math.min(1, clientWidth / (width + margin), clientHeight / (height + margin)));
    this.scroller.scrollTo(0, 0);
  }

  /** Its beginning, as wide as it fits without being too small to read. */
  home({ width }: Layout): void {
    this.setZoom(Math.max(0.7, Math.min(1, this.scroller.clientWidth / (width + margin))));
    this.scroller.scrollTo(0, 0);
  }

  /** Moves so that resources are seen, and zooms out where they are too far from each other. */
  reveal(ids: readonly string[], { nodes }: Layout): void {
    const boxes = ids.flatMap((id) => nodes.get(id) ?? []);
    if (boxes.length === 0) return;
    const { scroller } = this;
    const box = around(boxes);
    const [width, height] = [scroller.clientWidth, scroller.clientHeight];
    // On a narrow screen the picture may be out of sight.
    if (matchMedia('(max-width: 820px)').matches) scroller.scrollIntoView();
    const fitting = Math.min(width / (box.width + 4 * margin), height / (box.height + 8 * margin));
    if (fitting < this.zoom) this.setZoom(Math.max(0.5, fitting));
    scroller.scrollTo(
      (box.x + box.width / 2) * this.zoom - width / 2,
      (box.y + box.height / 2) * this.zoom - height / 2,
    );
  }

  private setZoom(zoom: number): void {
    this.zoom = Math.max(least, Math.min(most, zoom));
    if (this.canvas) this.canvas.style.setProperty('zoom', String(this.zoom));
    this.zoomed(this.zoom);
  }

  private dragging(): void {
    const { scroller } = this;
    let from: { x: number; y: number; left: number; top: number } | undefined;
    scroller.addEventListener('pointerdown', (event) => {
      // A finger scrolls by itself, and what is on a button is a click.
      if (event.pointerType !== 'mouse' || event.button !== 0 || (event.target as Element).closest('button')) return;
      from = { x: event.clientX, y: event.clientY, left: scroller.scrollLeft, top: scroller.scrollTop };
      scroller.setPointerCapture(event.pointerId);
    });
    scroller.addEventListener('pointermove', (event) => {
      if (from) scroller.scrollTo(from.left + from.x - event.clientX, from.top + from.y - event.clientY);
    });
    for (const end of ['pointerup', 'pointercancel'] as const) scroller.addEventListener(end, () => (from = undefined));
  }
}

function around(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}
