// The module that anywidget loads in Jupyter and Colab.
import type { Model } from "./model.ts";
import { kindOf, render } from "./render.ts";

export default {
  render({ model, el }: { model: Model; el: HTMLElement }): () => void {
    const clean = render(kindOf(model.get("_kind")), model, el);
    // The picture that stands above this view is for places where no view comes to life. A style sheet reaches it
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
