// Links to a state: `page.html#ID:CODE`, where ID is the element of a widget on a static page and CODE says what
// differs from the state that the page was built with.

export type State = Record<string, unknown>;

/** What a kind of widget says of its links. */
export interface Linkable {
  NAMES: readonly string[]; // of what a link may change
  fits(state: State): boolean; // whether such a widget can be in this state; may throw where it cannot
}

/** What differs between two states, as text that a URL may hold. */
export function encode(initial: State, state: State): string {
  const changed = Object.keys(initial).filter((name) => !same(initial[name], state[name]));
  if (!changed.length) return "";
  const text = JSON.stringify(Object.fromEntries(changed.map((name) => [name, state[name]])));
  const bytes = new TextEncoder().encode(text);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The state that `encode` wrote, or null where `kind` cannot be in it: anyone may write anything into a URL. */
export function decode({ NAMES, fits }: Linkable, initial: State, code: string): State | null {
  if (!code) return initial;
  try {
    const binary = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
    const changed = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0))));
    const state = { ...initial, ...changed };
    return Object.keys(changed).every((name) => NAMES.includes(name)) && fits(state) ? state : null;
  } catch {
    return null;
  }
}

/** A link to `state` in the widget that is drawn in `el`; null in Jupyter and Colab, whose cells have no address. */
export function linkTo(el: HTMLElement, initial: State, state: State): string | null {
  const place = el.closest(".cnnbook-widget");
  return place && `${location.href.split("#")[0]}#${place.id}:${encode(initial, state)}`;
}

/** What the address bar asks: the widget with this id, in the state with this code; null where it asks for none. */
export function linked(): { id: string; code: string } | null {
  const [id, code] = location.hash.slice(1).split(":");
  return code === undefined ? null : { id, code };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
