// Links to a state: `page.html#ID:CODE`, where ID is the element of a widget on a static page and CODE says what
// differs from the state that the page was built with.

import { decode64, encode64 } from "../ops/base64.ts";

export type State = Record<string, unknown>;

/** What differs between two states, as text that a URL may hold. */
export function encode(initial: State, state: State): string {
  const changed = Object.keys(initial).filter((name) => !same(initial[name], state[name]));
  if (!changed.length) return "";
  const text = JSON.stringify(Object.fromEntries(changed.map((name) => [name, state[name]])));
  return encode64(new TextEncoder().encode(text)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The state that `encode` wrote, or null where something does not fit: anyone may write anything into a URL. */
export function decode(fits: (name: string, value: unknown) => boolean, initial: State, code: string): State | null {
  if (!code) return initial;
  try {
    const bytes = decode64(code.replaceAll("-", "+").replaceAll("_", "/"));
    const changed = JSON.parse(new TextDecoder().decode(bytes));
    const known = Object.entries(changed).every(([name, value]) => fits(name, value));
    return known && Object.getPrototypeOf(changed) === Object.prototype ? { ...initial, ...changed } : null;
  } catch {
    return null;
  }
}

/** A link to `state` in the widget that is drawn in `el`; null in Jupyter and Colab, whose cells have no address. */
export function linkTo(el: HTMLElement, initial: State, state: State): string | null {
  const place = el.closest(".cnnbook-widget");
  return place && `${location.href.split("#")[0]}#${place.id}:${encode(initial, state)}`;
}

/** A link that brings `changes` to the first widget of this kind on the page; null where there is none. */
export function linkBeside(kind: string, changes: State): string | null {
  const place = document.querySelector(`.cnnbook-widget[data-kind="${kind}"]`);
  const nothing = Object.fromEntries(Object.keys(changes).map((name) => [name, null]));
  return place && `#${place.id}:${encode(nothing, changes)}`;
}

/**
 * What an address asks: the widget with this id, in the state with this code; null where it asks for none. Programs
 * that pass a link on write ":" as "%3A" and take along what stands behind it, a full stop or a bracket.
 */
export function linked(hash = location.hash): { id: string; code: string } | null {
  const [, id, code] = /^#(.+?)(?::|%3A)(.*?)[.,;:!?)\]}>'"]*$/i.exec(hash) ?? [];
  return id ? { id, code } : null;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
