// A lab whose window slides over a picture. What the window does at a place is the widget's; all else is here.
import type { Model } from "../hosts/model.ts";
import { tensor, type Tensor } from "../ops/tensor.ts";
import type { Rgb } from "../ui/colour.ts";
import { element } from "../ui/dom.ts";
import { values } from "../ui/image.ts";
import { loadGallery } from "./gallery.ts";
import { program, type KerasLayer } from "./keras.ts";
import { Lab, type Hands } from "./lab.ts";
import type { KindName, StateOf } from "./rules.ts";
import { slide, type Setting } from "./slide.ts";
import { SlidingMaps } from "./sliding-maps.ts";
import { Source } from "./source.ts";
import type { WrittenOut } from "./written-out.ts";

/** The kinds that have a picture, and a cell to pin. */
type SlidingName = { [Name in KindName]: "cell" | "picture" extends keyof StateOf<Name> ? Name : never }[KindName];

/** A widget with a sliding window. */
export interface Sliding<State> {
  controls: HTMLElement[]; // beside the picture
  middle: HTMLElement[]; // between the maps
  legend: HTMLElement[]; // below the output
  below?: HTMLElement[]; // below all maps, where there is an output
  settings: HTMLElement[]; // folded away at first; a simple lab has none
  explanation: WrittenOut; // the cell in hand
  zeros: boolean; // whether padding is zeros, or left out
  name?(state: State): string; // of the output
  cell?: string; // what one of its cells is called
  channels(state: State): number; // that the layer sees: 1 or 3
  window(state: State): Setting & { size: readonly [number, number] };
  compute(state: State, input: Tensor): Tensor; // where the window fits
  show(state: State): void; // in the controls
  colours(output: Float64Array): (value: number) => Rgb; // where the window fits
  explain(state: State, maps: SlidingMaps): void;
  summary?(): string; // what a change has led to, unless it is the cell in hand
  keras(state: State): KerasLayer;
}

/** The lab of this kind, called `name`; returns what takes it away. */
export async function slidingLab<Name extends SlidingName>(
  kind: Name,
  name: string,
  model: Model,
  el: HTMLElement,
  widget: (hands: Hands<StateOf<Name>>) => Sliding<StateOf<Name>>,
): Promise<() => void> {
  type State = StateOf<Name>;
  const gallery = await loadGallery(model);
  const lab = new Lab(kind, name, model, el);
  const say = (message: string) => lab.say(message);
  const sliding = (state: State) => {
    const image = source.seen(state);
    const { size, ...setting } = parts.window(state);
    return { image, slide: slide(image.height, image.width, size, setting) };
  };
  // A pinned cell is another one once the window slides otherwise.
  const set = (changes: Partial<State>) => {
    const [before, after] = [lab.state, { ...lab.state, ...changes }].map((state) =>
      JSON.stringify(sliding(state).slide),
    );
    lab.set(before === after ? changes : { cell: null, ...changes });
  };
  const hands = {
    get state() {
      return lab.state;
    },
    set,
    complain: (message: string) => lab.complain(message),
  };
  const parts = widget(hands);
  const { below = [] } = parts;
  const source = new Source(gallery, lab, set);
  const maps = new SlidingMaps(
    source,
    {
      pinned: () => lab.state.cell && { row: lab.state.cell[0], column: lab.state.cell[1] },
      pin: (cell) => lab.set({ cell: cell && [cell.row, cell.column] } as Partial<State>),
      remark: () => lab.remark(),
      say,
    },
    ...parts.legend,
  );
  const story = element("section", { className: "story" }, maps.bar, parts.explanation.el);
  const folded = element("details", {}, element("summary", {}, "Settings"), ...parts.settings);
  folded.hidden = model.get("simple") || !parts.settings.length;
  const drawing = {
    content: [
      element("div", { className: "bar" }, source.el, ...parts.controls),
      source.hint,
      element(
        "div",
        { className: "figures" },
        maps.input,
        element("section", { className: "middle" }, ...parts.middle),
        maps.output,
      ),
      ...below,
      story,
      folded,
    ],
    state() {
      const { state } = lab;
      const { image, slide } = sliding(state);
      const channels = parts.channels(state);
      const input = tensor([image.height, image.width, channels], values(image, channels === 3));
      const output = slide.problem ? new Float64Array() : parts.compute(state, input).data;
      for (const part of [...below, story]) part.hidden = Boolean(slide.problem); // first: what is shown measures it
      source.show(state);
      parts.show(state);
      parts.explanation.fit();
      const name = parts.name?.(state) ?? "Output";
      const { cell = "Output" } = parts;
      maps.show({ name, cell, slide, image, input, channels, output, zeros: parts.zeros, colours: parts.colours });
    },
    marks() {
      maps.mark();
      if (!maps.layer.slide.problem) parts.explain(lab.state, maps);
    },
    summary: () => (parts.summary && !maps.layer.slide.problem ? parts.summary() : maps.summary()),
    reset() {
      source.reset();
      maps.reset();
    },
    end: () => maps.end(),
  };
  return lab.start(drawing, () => program(maps.layer, parts.keras(lab.state)));
}
