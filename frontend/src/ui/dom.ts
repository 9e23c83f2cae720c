// Small helpers around the DOM that every widget uses.

type Child = Node | string;

/** An element with properties, or attributes where the name has a dash or is `role`, and children. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Record<string, unknown> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "role" || name.includes("-")) el.setAttribute(name, String(value));
    else Object.assign(el, { [name]: value });
  }
  el.append(...children);
  return el;
}

let ids = 0;

/** An id that no other element has: widgets on one page do not know one another. */
export const freshId = (): string => `cnnbook-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}-${ids++}`;

/** Calls `work` once before the next repaint, however often it was asked to. */
export function oncePerFrame(work: () => void): { ask(): void; stop(): void } {
  let frame = 0;
  return {
    ask: () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        work();
      });
    },
    stop: () => {
      cancelAnimationFrame(frame);
      frame = 0;
    },
  };
}

/** A field with its label beside it: pressing the words reaches the field. */
export function labelled(text: string, field: HTMLElement): HTMLElement {
  field.id = freshId();
  return element("span", { className: "field" }, element("label", { htmlFor: field.id }, text), field);
}

export interface Choice {
  value: string;
  label: string;
}

export function choices(list: Choice[], onChange: (value: string) => void): HTMLSelectElement {
  const select = element("select", {}, ...list.map(({ value, label }) => element("option", { value }, label)));
  select.addEventListener("change", () => onChange(select.value));
  return select;
}

export function button(
  label: string,
  onClick: () => void,
  properties: Record<string, unknown> = {},
): HTMLButtonElement {
  const el = element("button", { type: "button", ...properties }, label);
  el.addEventListener("click", onClick);
  return el;
}
