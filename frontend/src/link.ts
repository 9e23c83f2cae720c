// Links to a state: `page.html#ID:CODE`, where ID is the element of a widget on a static page and CODE says what
// differs from the state that the page was built with.

export type State = Record<string, unknown>;

/** What differs between two states, as text that a URL may hold. */
export function encode(initial: State, state: State): string {
  const changed = Object.keys(initial).filter((name) => !same(initial[name], state[name]));
  if (!changed.length) return "";
  const text = JSON.stringify(Object.fromEntries(changed.map((name) => [name, state[name]])));
  const bytes = new TextEncoder().encode(text);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The state that `encode` wrote, or null where it is not one of ours: anyone may write anything into a URL. */
export function decode(initial: State, code: string): State | null {
  if (!code) return { ...initial };
  try {
    const binary = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
    const changed = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0))));
    const state = { ...initial, ...changed };
    return alike(initial, state) ? state : null;
  } catch {
    return null;
  }
}

/** A link to `state` in the widget that is drawn in `el`; null in Jupyter and Colab, whose cells have no address. */
export function linkTo(el: HTMLElement, initial: State, state: State): string | null {
  const place = el.closest(".cnnbook-widget");
  return place && `${location.href.split("#")[0]}#${place.id}:${encode(initial, state)}`;
}

/** The state that the address bar asks of the widget in `place`; null where it asks nothing, or no sense. */
export function linkedState(place: HTMLElement, initial: State): State | null {
  const [id, code] = location.hash.slice(1).split(":");
  return code !== undefined && id === place.id ? decode(initial, code) : null;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Whether two JSON values are built alike: numbers for numbers, lists of the same, objects with the same keys. */
function alike(a: any, b: any): boolean {
  if (a === null || b === null) return true;
  if (Array.isArray(a)) return Array.isArray(b) && (!a.length || b.every((item) => alike(a[0], item)));
  if (typeof a !== "object" || typeof b !== "object") return typeof a === typeof b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => alike(a[key], b[key]));
}
