// From the kind of a widget to the code that draws it; used by both hosts.
import { AssetError, type Model } from "./hosts/model.ts";
import { later } from "./later.ts";
import { RULES } from "./states.ts";
import * as activation from "./widgets/activation.ts";
import * as channels from "./widgets/channels.ts";
import * as convolution from "./widgets/convolution.ts";
import * as guess from "./widgets/guess.ts";
import * as learner from "./widgets/learner.ts";
import * as logits from "./widgets/logits.ts";
import * as pixels from "./widgets/pixels.ts";
import * as pooling from "./widgets/pooling.ts";
import * as quiz from "./widgets/quiz.ts";
import * as shape from "./widgets/shape.ts";

export interface Kind {
  render(model: Model, el: HTMLElement): Promise<() => void>;
}

const KINDS: Record<string, Kind> = {
  activation,
  channels,
  convolution,
  guess,
  learner,
  logits,
  pixels,
  pooling,
  quiz,
  shape,
};

/** Draws a widget of this kind into `el`; resolves to what takes it away again. Rejects where it cannot be drawn. */
export async function render(kind: string, model: Model, el: HTMLElement): Promise<() => void> {
  if (!(kind in RULES)) throw new Error(`No widget is called “${kind}”; there are: ${Object.keys(RULES).join(", ")}.`);
  const { render } = KINDS[kind] ?? (await later(model))[kind];
  el.classList.add("cnnbook");
  return render(model, el);
}

/** Says in `el` that there is no widget, and what the reader can do about it. */
export function apologise(el: HTMLElement, error: unknown): void {
  console.error(String(error), error); // of an error alone, some consoles show no word
  el.className = "cnnbook";
  const advice = error instanceof AssetError ? error.message : "Load the page or run the cell again.";
  el.textContent = `This widget could not start here, so you see what is stored of it. ${advice}`;
}
