// One picture, enlarged, with the probability of each class.
import { element } from "./dom.ts";
import type { Image } from "./image.ts";
import { picture } from "./thumbnails.ts";

const ZOOM = 5;

/** `right` is the place of the true class. */
export function answer(image: Image, names: string[], probabilities: ArrayLike<number>, right: number): HTMLElement {
  const lines = names.map((name, i) => {
    const percent = `${(100 * probabilities[i]).toFixed(1)} %`;
    const share = element("div", { className: "share" });
    share.style.width = `${100 * probabilities[i]}%`;
    const cells = [name + (i === right ? " ✓" : ""), percent].map((text) => element("td", {}, text));
    return element("tr", {}, cells[0], element("td", { className: "whole" }, share), cells[1]);
  });
  return element("div", { className: "answer" }, picture(image, ZOOM), element("table", {}, ...lines));
}
