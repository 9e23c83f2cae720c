// The script of a static page: it brings every `div.cnnbook-widget` to life when it scrolls into view.
import { pageModel } from "./model.ts";
import { render } from "./render.ts";

function mount(place: HTMLElement): void {
  const picture = place.querySelector("img");
  const el = document.createElement("div");
  place.append(el);
  try {
    const state = JSON.parse(place.querySelector("script")!.textContent!);
    render(place.dataset.kind!, pageModel(state), el);
    if (picture) picture.hidden = true;
  } catch (error) {
    console.error(error);
    el.replaceChildren();
    el.textContent = "This widget could not start, so you see its picture instead.";
  }
}

document.querySelectorAll<HTMLElement>("div.cnnbook-widget").forEach(mount);
