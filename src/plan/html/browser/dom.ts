// Elements out of data. Text of a chart gets into the page as text nodes and attributes only.

/** Attributes; `false` and `undefined` leave one out. */
export type Props = Readonly<Record<string, string | number | boolean | undefined>>;

export type Child = Node | string | false | undefined;

/** An element with attributes, listeners and children. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: readonly (Child | readonly Child[])[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  setAll(element, props);
  element.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return element;
}

/** A button that does something. */
export function button(
  props: Props,
  act: () => void,
  ...children: readonly (Child | readonly Child[])[]
): HTMLButtonElement {
  const made = el('button', { type: 'button', ...props }, ...children);
  made.addEventListener('click', act);
  return made;
}

/** An element of an SVG picture. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS(byId('svg').namespaceURI!, tag) as SVGElementTagNameMap[Tag];
  setAll(element, props);
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** Text for those who do not see the page. */
export function hidden(text: string): HTMLElement {
  return el('span', { class: 'hidden' }, text);
}

/** Puts an element at a place in the picture. */
export function place(element: HTMLElement, box: { x: number; y: number; width: number; height: number }): void {
  const { style } = element;
  style.left = `${box.x}px`;
  style.top = `${box.y}px`;
  style.width = `${box.width}px`;
  style.height = `${box.height}px`;
}

/** The element of the page with this id. Throws where there is none. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`#${id} is not in the page`);
  return found;
}

function setAll(element: Element, props: Props): void {
  for (const [name, value] of Object.entries(props))
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
}
