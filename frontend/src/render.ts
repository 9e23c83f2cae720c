// From the kind of a widget to the code that draws it; used by both wrappings.
import { guard, type Model } from "./model.ts";
import { addStyle } from "./style.ts";
import { render as convolution } from "./widgets/convolution.ts";
import { render as quiz } from "./widgets/quiz.ts";

export type Render = (model: Model, el: HTMLElement) => () => void;

const WIDGETS: Record<string, Render> = { convolution, quiz };

/** Draws a widget into `el` and returns what takes it away again. Throws where the kind is unknown. */
export function render(kind: string, model: Model, el: HTMLElement): () => void {
  const draw = WIDGETS[kind];
  if (!draw) throw new Error(`No widget is called “${kind}”; there are: ${Object.keys(WIDGETS).join(", ")}.`);
  addStyle(el);
  el.classList.add("cnnbook");
  return draw(guard(model), el);
}
