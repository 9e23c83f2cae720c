// The script of static pages: it brings every `div.cnnbook-widget` to life when it scrolls into view.
import { linkedState, type State } from "./link.ts";
import { pageModel } from "./model.ts";
import { render } from "./render.ts";
import { addStyle } from "./style.ts";

const places = [...document.querySelectorAll<HTMLElement>("div.cnnbook-widget")];

// Links name a widget by its kind and its turn on the page, unless the page gives it an id.
places.forEach((place) => {
  const turn = places.filter(({ dataset }) => dataset.kind === place.dataset.kind).indexOf(place) + 1;
  place.id ||= `cnnbook-${place.dataset.kind}-${turn}`;
});

/** Puts the widget where its picture is; the picture stays, with a sentence, where that fails. */
function mount(place: HTMLElement): void {
  const pictures = [...place.children] as HTMLElement[];
  const el = document.createElement("div");
  place.append(el);
  try {
    const initial: State = JSON.parse(place.querySelector("script")!.textContent!);
    const model = pageModel(initial);
    render(place.dataset.kind!, model, el);
    const show = (state: State) => Object.entries(state).forEach(([name, value]) => model.set(name, value));
    const follow = () => {
      const state = linkedState(place, initial);
      try {
        if (state) show(state);
      } catch {
        show(initial);
      }
    };
    follow();
    addEventListener("hashchange", follow);
    pictures.forEach(({ style }) => (style.display = "none"));
  } catch (error) {
    console.error(error);
    addStyle(el);
    el.className = "cnnbook";
    el.textContent = "This widget could not start here, so you see its picture.";
  }
}

const linked = location.hash.includes(":") && location.hash.slice(1).split(":")[0];
if (linked) places.find(({ id }) => id === linked)?.scrollIntoView({ block: "center" });

if ("IntersectionObserver" in window) {
  const watch = (entries: IntersectionObserverEntry[]) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      mount(target as HTMLElement);
    }
  };
  const observer = new IntersectionObserver(watch, { rootMargin: "200px" });
  places.forEach((place) => observer.observe(place));
} else {
  places.forEach(mount);
}
