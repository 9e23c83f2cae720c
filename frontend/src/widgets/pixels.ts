// A picture, and a window of its pixels that shows the numbers they are.
import type { Model } from "../hosts/model.ts";
import { loadGallery } from "../parts/gallery.ts";
import { pixels } from "../parts/keras.ts";
import { Lab } from "../parts/lab.ts";
import type { StateOf } from "../parts/rules.ts";
import { Settings } from "../parts/settings.ts";
import { CHANNELS, place } from "../parts/sliding-maps.ts";
import { Source } from "../parts/source.ts";
import { WINDOW, Zoom, type Pixels } from "../parts/zoom.ts";
import { luminance, shade, type Rgb } from "../ui/colour.ts";
import { element } from "../ui/dom.ts";
import { number, rounded } from "../ui/format.ts";
import type { Cell } from "../ui/grid.ts";
import { values, type Image } from "../ui/image.ts";

type State = StateOf<"pixels">;
const LUMA = [299, 587, 114]; // thousandths
const LABELS = { colour: "all three", red: "red", green: "green", blue: "blue", grey: "grey" };

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const gallery = await loadGallery(model);
  const lab = new Lab("pixels", "Pixel inspector", model, el);
  const sides = (state: State) => (({ height, width }) => `${height} × ${width}`)(source.seen(state));
  // Where the picture has other sides, the pinned pixel is another one.
  const set = (changes: Partial<State>) =>
    lab.set(sides(lab.state) === sides({ ...lab.state, ...changes }) ? changes : { cell: null, ...changes });
  const source = new Source(gallery, lab, set);
  const settings = new Settings("pixels", lab)
    .choice("channel", "Channel", LABELS)
    .choice("scale", "Scale", { "8-bit": "0 to 255", "0 to 1": "0 to 1" });
  const pin = (cell: Cell | null) => lab.set({ cell: cell && [cell.row, cell.column] });
  const zoom = new Zoom(source, { pin, remark: () => lab.remark(), say: (message) => lab.say(message) });
  const [title, sum] = ["title", "sum"].map((className) => element("p", { className }));
  let shown: Values;
  const drawing = {
    content: [
      element("div", { className: "bar" }, source.el, settings.el),
      source.hint,
      zoom.el,
      element("section", { className: "story" }, title, sum),
    ],
    state() {
      const { state } = lab;
      const image = source.seen(state);
      source.show(state);
      settings.show(state);
      shown = new Values(image, state);
      zoom.titles[0].textContent = `${sides(state)}${shown.three ? " × 3" : ""}`;
      zoom.show(image, state.cell, shown);
    },
    marks() {
      zoom.mark();
      title.textContent = `${place(zoom.at)}${zoom.pinned ? " (pinned)" : ""}`;
      sum.textContent = shown.written(zoom.at);
    },
    summary: () => shown.describe(zoom.at),
    reset() {
      source.reset();
      zoom.reset();
    },
  };
  return lab.start(drawing, () => shown.program(zoom.corner), "NumPy");
}

/** The numbers of a picture, of one channel or of all three, on their scale. */
class Values implements Pixels {
  readonly three: boolean;
  private readonly image: Image;
  private readonly state: State;
  private readonly grey: Float64Array;

  constructor(image: Image, state: State) {
    [this.image, this.state, this.three] = [image, state, state.channel === "colour"];
    this.grey = values(image, false);
  }

  colour(cell: Cell): Rgb {
    const [red, green, blue] = this.numbers(cell);
    if (this.three) return [red, green, blue];
    return shade(red, CHANNELS.indexOf(this.state.channel), this.state.channel === "grey" ? 1 : 3);
  }

  text(cell: Cell): string {
    const { scale } = this.state;
    return this.numbers(cell)
      .map((value) => (scale === "8-bit" ? value : (value / 255).toFixed(2)))
      .join("\n");
  }

  describe(cell: Cell): string {
    const scaled = (value: number) => (this.state.scale === "8-bit" ? value : number(value / 255, 3));
    const names = this.three ? CHANNELS : [this.state.channel];
    return `${place(cell)}: ${this.numbers(cell)
      .map((value, i) => `${names[i]} ${scaled(value)}`)
      .join(", ")}`;
  }

  /** A pixel with the arithmetic that leads to its numbers, and its light. */
  written(cell: Cell): string {
    const { channel, scale } = this.state;
    const numbers = this.numbers(cell);
    const terms = this.rgb(cell).map((value, i) => `${LUMA[i] / 1000} × ${value}`);
    const scaled = numbers.map((value, i) => {
      const share = value / 255;
      const divided = ` / 255 ${rounded(share, 3) === share ? "=" : "≈"} ${number(share, 3)}`;
      return `${this.three ? CHANNELS[i] : channel} ${value}${scale === "8-bit" ? "" : divided}`;
    });
    const luma = channel === "grey" ? `${terms.join(" + ")}, rounded: ` : "";
    const light = 100 * luminance(this.three ? this.rgb(cell) : [numbers[0], numbers[0], numbers[0]]);
    const what = channel === "grey" ? "The light of this grey" : "Its light";
    const most = this.three || channel === "grey" ? "white" : `the brightest ${channel}`;
    return `${luma}${scaled.join(", ")}. ${what}: ${number(light, 3)} % of that of ${most}.`;
  }

  /** What the window shows, as a program. */
  program({ row, column }: Cell): string {
    const { channel, scale } = this.state;
    const luma = `(image @ np.array([${LUMA.join(", ")}]) + 500) // 1000`;
    const taken = { colour: "image", grey: luma }[channel as string] ?? `image[:, :, ${CHANNELS.indexOf(channel)}]`;
    return [
      "import base64",
      "",
      "import numpy as np",
      "",
      ...pixels(this.image.rgb, this.image.height, this.image.width, 3),
      `values = ${taken}`,
      ...(scale === "8-bit" ? [] : ["values = values / 255"]),
      `print(values[${row}:${row + WINDOW}, ${column}:${column + WINDOW}])`,
      "",
    ].join("\n");
  }

  private rgb({ row, column }: Cell): Rgb {
    const at = (row * this.image.width + column) * 3;
    return [this.image.rgb[at], this.image.rgb[at + 1], this.image.rgb[at + 2]];
  }

  /** The numbers of a pixel that are shown, from 0 to 255. */
  private numbers(cell: Cell): readonly number[] {
    if (this.state.channel === "grey") return [this.grey[cell.row * this.image.width + cell.column]];
    const rgb = this.rgb(cell);
    return this.three ? rgb : [rgb[CHANNELS.indexOf(this.state.channel)]];
  }
}
