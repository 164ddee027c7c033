type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
type Listeners = {
  readonly [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void;
};

/**
 * Makes an element. Children that are text become text, whatever they hold: this is the only place that makes elements, so nothing
 * from a file can become markup.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  children: readonly (Node | string)[] = [],
  listeners: Listeners = {},
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
  made.append(...children);
  for (const [name, listener] of Object.entries(listeners)) {
    made.addEventListener(name, listener as EventListener);
  }
  return made;
}

/** `true` sets an attribute without a value, `false` and `undefined` remove it. */
export function setAttribute(
  target: Element,
  name: string,
  value: string | number | boolean | undefined,
): void {
  if (value === undefined || value === false) target.removeAttribute(name);
  else target.setAttribute(name, value === true ? '' : String(value));
}

export function button(
  label: string,
  onClick: (event: MouseEvent) => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  return element('button', { type: 'button', ...attributes }, [label], { click: onClick });
}
