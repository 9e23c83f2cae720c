// One picture, enlarged, with the probability of each class.
import { Answers } from "./answers.ts";
import { element } from "./dom.ts";
import type { Image } from "./image.ts";
import { picture } from "./thumbnails.ts";

const ZOOM = 5;

/** `right` is the place of the true class; `link` leads on from the picture, where there is somewhere to go. */
export function answer(
  image: Image,
  names: string[],
  probabilities: ArrayLike<number>,
  right: number,
  link: string | null,
): HTMLElement {
  const answers = new Answers(names.map((name, i) => name + (i === right ? " ✓" : "")));
  answers.show(probabilities);
  const leads = link ? [element("a", { href: link }, "Open it in the network lab")] : [];
  return element("div", { className: "answer" }, element("div", {}, picture(image, ZOOM), ...leads), answers.el);
}
