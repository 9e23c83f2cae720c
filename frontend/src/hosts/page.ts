// The script of static pages: it brings every `div.cnnbook-widget` to life when it scrolls into view.
import { load } from "./assets.ts";
import { decode, linked, type State } from "./link.ts";
import { pageModel } from "./model.ts";
import { fits } from "../parts/rules.ts";
import { apologise, render } from "../render.ts";
import { element } from "../ui/dom.ts";
import { Message } from "../ui/message.ts";

const places = [...document.querySelectorAll<HTMLElement>("div.cnnbook-widget")];

// Links name a widget by its kind and its turn on the page, unless the page gives it an id.
places.forEach((place) => {
  place.querySelector(".still")?.remove(); // the sentence for browsers that cannot read this script
  const turn = places.filter(({ dataset }) => dataset.kind === place.dataset.kind).indexOf(place) + 1;
  place.id ||= `cnnbook-${place.dataset.kind}-${turn}`;
});

let mounting = 0; // widgets that are coming to life

/** Puts the widget where its picture is; the picture stays where that fails. */
async function mount(place: HTMLElement): Promise<void> {
  const pictures = [...place.children] as HTMLElement[];
  const el = element("div");
  place.append(el);
  mounting++;
  try {
    const kind = place.dataset.kind!;
    const initial: State = JSON.parse(place.querySelector("script")!.textContent!);
    const files: Record<string, string> = JSON.parse(place.dataset.assets!);
    const model = pageModel(initial, (name) => load(files[name]));
    const unread = new Message();
    let followed = false;
    const follow = () => {
      const link = linked();
      const back = followed && !location.hash; // to where no link had been followed
      if (link?.id !== place.id && !back) return;
      followed = !back;
      const state = decode((name, value) => fits(kind, name, value, initial), initial, back ? "" : link!.code);
      Object.entries(state ?? initial).forEach(([name, value]) => model.set(name, value));
      unread.show(state ? "" : "The link to this widget could not be read, so it is as the page shows it.");
    };
    await render(kind, model, el);
    el.prepend(unread.el);
    follow();
    addEventListener("hashchange", follow);
    pictures.forEach(({ style }) => (style.display = "none"));
  } catch (error) {
    apologise(el, error);
  }
  mounting--;
}

const LOST = "The link asks for a widget that this page does not have. Look for it below.";
const lost = element("div", { className: "cnnbook" }, element("p", { className: "notice", role: "status" }, LOST));

const SETTLED = 5_000; // milliseconds in which nothing came to life or changed its height: nothing will any more
const HANDS = ["wheel", "touchstart", "pointerdown", "keydown"];
let held: AbortController | undefined;

/** Keeps in view what the address asks for while widgets above it grow, until the reader moves. */
function hold(target: Element, block: ScrollLogicalPosition): void {
  const hand = (held = new AbortController());
  let rest = 0;
  const wait = () => {
    clearTimeout(rest);
    rest = setTimeout(() => (mounting ? wait() : hand.abort()), SETTLED);
  };
  const observer = new ResizeObserver(() => {
    target.scrollIntoView({ block });
    wait();
  });
  observer.observe(document.querySelector("main")!);
  hand.signal.addEventListener("abort", () => observer.disconnect());
  for (const event of HANDS) addEventListener(event, () => hand.abort(), { passive: true, signal: hand.signal });
}

/** Brings the widget that the address asks for into view, and so to life. */
function arrive(): void {
  held?.abort(); // the reader has gone elsewhere
  const id = linked()?.id;
  const place = places.find((place) => place.id === id);
  for (let fold = place?.closest("details"); fold; fold = fold.parentElement!.closest("details")) fold.open = true;
  const heading = document.getElementById(location.hash.slice(1));
  if (place) hold(place, "center");
  else if (heading) hold(heading, "start");
  if (place || !id?.startsWith("cnnbook-")) return lost.remove();
  // Above the text: a page opens there if it does not have what the address asks for.
  document.querySelector("main")!.prepend(lost);
}
arrive();
addEventListener("hashchange", arrive);

if ("IntersectionObserver" in window) {
  const watch = (entries: IntersectionObserverEntry[]) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      void mount(target as HTMLElement);
    }
  };
  const observer = new IntersectionObserver(watch, { rootMargin: "200px" });
  places.forEach((place) => observer.observe(place));
} else {
  places.forEach(mount);
}
