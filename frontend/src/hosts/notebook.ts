// The module that anywidget loads in Jupyter and Colab.
import { apologise, render } from "../render.ts";
import { guard, type Host } from "./model.ts";

export default {
  async render({ model, el }: { model: Host; el: HTMLElement }): Promise<(() => void) | void> {
    let clean: () => void;
    try {
      clean = await render(model.get("_kind"), guard(model), el);
    } catch (error) {
      return apologise(el, error);
    }
    // The sentence that stands above this view is for places where no view comes to life. A style sheet reaches it
    // wherever a front end keeps it, and before it is on the page.
    const style = document.createElement("style");
    style.textContent = `.${model.get("_still")} { display: none }`;
    document.head.append(style);
    return () => {
      style.remove();
      clean();
    };
  },
};
