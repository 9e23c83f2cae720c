// The module that anywidget loads in Jupyter and Colab.
import type { Model } from "./model.ts";
import { render } from "./render.ts";

export default {
  render: ({ model, el }: { model: Model; el: HTMLElement }) => render(model.get("_kind"), model, el),
};
