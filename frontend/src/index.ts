// The module that anywidget loads in Jupyter and Colab.
import type { Model } from "./model.ts";
import { kindOf, render } from "./render.ts";

export default {
  render: ({ model, el }: { model: Model; el: HTMLElement }) => render(kindOf(model.get("_kind")), model, el),
};
