// From the kind of a widget to the code that draws it; used by both wrappings.
import type { Linkable } from "./link.ts";
import { guard, type Model } from "./model.ts";
import { addStyle } from "./style.ts";
import * as convolution from "./widgets/convolution.ts";
import * as quiz from "./widgets/quiz.ts";

export interface Kind extends Linkable {
  render(model: Model, el: HTMLElement): () => void;
}

const KINDS: Record<string, Kind> = { convolution, quiz };

/** The kind of this name. Throws where there is none. */
export function kindOf(name: string): Kind {
  if (!KINDS[name]) throw new Error(`No widget is called “${name}”; there are: ${Object.keys(KINDS).join(", ")}.`);
  return KINDS[name];
}

/** Draws a widget into `el` and returns what takes it away again. */
export function render(kind: Kind, model: Model, el: HTMLElement): () => void {
  addStyle(el);
  el.classList.add("cnnbook");
  return kind.render(guard(model), el);
}
