// The module that anywidget loads in Jupyter and Colab.
import type { Model } from "./model";
import { render } from "./render";

export default {
  render: ({ model, el }: { model: Model; el: HTMLElement }) => render(model.get("_kind"), model, el),
};
