// The script of static pages: it brings every `div.cnnbook-widget` to life when it scrolls into view.
import { decode, linked, type State } from "./link.ts";
import { pageModel } from "./model.ts";
import { kindOf, render } from "./render.ts";
import { addStyle } from "./style.ts";
import { element } from "./ui/dom.ts";

const places = [...document.querySelectorAll<HTMLElement>("div.cnnbook-widget")];

// Links name a widget by its kind and its turn on the page, unless the page gives it an id.
places.forEach((place) => {
  place.querySelector(".still")?.remove(); // the sentence for browsers that cannot read this script
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
    const kind = kindOf(place.dataset.kind!);
    render(kind, model, el);
    const unread = element("p", { className: "notice", role: "alert" }, "The link to this widget could not be read, so it is as the page shows it.");
    const follow = () => {
      const link = linked();
      if (link?.id !== place.id) return;
      const state = decode(kind, initial, link.code);
      Object.entries(state ?? initial).forEach(([name, value]) => model.set(name, value));
      if (state) unread.remove();
      else el.prepend(unread);
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

/** Brings the widget that the address asks for into view, and so to life. */
const arrive = () => places.find(({ id }) => id === linked()?.id)?.scrollIntoView({ block: "center" });
arrive();
addEventListener("hashchange", arrive);

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
