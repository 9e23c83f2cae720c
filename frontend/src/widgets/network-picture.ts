// The picture as a network sees it: where it comes from, how it is changed, and every pixel of it.
import type { Model } from "../hosts/model.ts";
import { distort, NEUTRAL, type Distortion } from "../ops/distort.ts";
import { fitting } from "../parts/fitting.ts";
import { loadGallery } from "../parts/gallery.ts";
import type { Lab } from "../parts/lab.ts";
import { pixels } from "../parts/keras.ts";
import type { StateOf } from "../parts/rules.ts";
import { place } from "../parts/sliding-maps.ts";
import { Source } from "../parts/source.ts";
import { LARGEST_SIDE, RULES } from "../states.ts";
import { Camera } from "../ui/camera.ts";
import { USERS } from "../ui/colour.ts";
import { element, labelled } from "../ui/dom.ts";
import { Grid, type Cell, type Pen } from "../ui/grid.ts";
import { shrink, square, store, values, type Image } from "../ui/image.ts";
import { NumberField } from "../ui/number-field.ts";
import type { Field } from "../ops/field.ts";

type State = StateOf<"network">;

const SLIDERS: [name: keyof Distortion, label: string, step: number][] = [
  ["right", "Right", 0.5],
  ["down", "Down", 0.5],
  ["angle", "Turn", 1],
  ["zoom", "Size", 0.05],
  ["blur", "Blur", 0.1],
  ["brightness", "Brightness", 1],
  ["noise", "Noise", 1],
];

const SMALL = 128; // CSS pixels, a side of the small picture

export async function networkPicture(model: Model, lab: Lab<"network">) {
  const named = (model.get("examples") as string[]).length > 0;
  const gallery = { ...(named ? await loadGallery(model, "examples") : {}), ...(await loadGallery(model)) };
  return new NetworkPicture(gallery, lab, model.get("input"), model.get("most"));
}

export class NetworkPicture {
  readonly source: Source;
  readonly el: HTMLElement;
  /** The picture again, to stand where the large one is out of sight. */
  readonly small = element("canvas", { className: "small", "aria-hidden": "true" });
  input!: Float32Array; // what the network gets
  private image!: Image;
  private readonly shape: readonly [rows: number, columns: number, channels: number];
  private readonly most: number; // of a pixel, as the network takes it
  private readonly title = element("p", { className: "title" });
  private readonly grid = new Grid("Picture, as the network sees it", { point: () => {}, pin: () => {} });
  readonly camera: Camera;
  private readonly sliders;

  constructor(
    gallery: Record<string, Image>,
    lab: Lab<"network">,
    shape: readonly [number, number, number],
    most: number,
  ) {
    [this.shape, this.most] = [shape, most];
    const anew = (changes: object) => lab.set({ ...NEUTRAL, cell: null, ...changes });
    this.source = new Source(gallery, lab, anew, {
      see: (picture, view) => this.see(picture, view),
      unsee: (drawn) => drawn,
    });
    const own = (image: Image) => anew({ picture: store(image) });
    this.camera = new Camera(LARGEST_SIDE, own, (problem) => lab.complain(problem));
    this.source.el.append(this.camera.button, this.camera.el);
    this.sliders = SLIDERS.map(([name, label, step]) => {
      const { least, most } = RULES.network[name];
      const set = (value: number) => lab.set({ [name]: value });
      const complain = (problem: string) => lab.complain(problem);
      const number = new NumberField(label, set, () => step, complain, { least, most, whole: false });
      const [min, max] = [least, most].map(String);
      const input = element("input", { type: "range", min, max, step: `${step}`, "aria-label": `${label}, to slide` });
      input.addEventListener("input", () => set(Number(input.value)));
      const el = labelled(label, number.el);
      el.append(input);
      return { name, number, input, el };
    });
    const folded = element(
      "details",
      {},
      element("summary", {}, "Move, turn, blur"),
      element("div", { className: "settings sliders" }, ...this.sliders.map(({ el }) => el)),
    );
    this.el = element("section", {}, this.title, this.grid.el, folded);
  }

  /** Whether the picture is as it came. */
  static isNeutral = (state: State): boolean => SLIDERS.every(([name]) => state[name] === NEUTRAL[name]);

  /** Takes the state; what the network gets is known then. */
  take(state: State): void {
    this.image = this.source.seen(state);
    this.source.show(state);
    for (const { name, number, input } of this.sliders) {
      number.show(state[name]);
      input.value = String(state[name]);
    }
    const { rgb } = this.image;
    const numbers = this.shape[2] === 3 ? rgb : rgb.filter((_, i) => i % 3 === 0);
    this.input = Float32Array.from(numbers, (value) => (value * this.most) / 255);
  }

  /** Draws the picture, `decorate` over it; `describe` adds to what is said of a pixel. */
  show(decorate: (pen: Pen) => void, describe: (cell: Cell) => string): void {
    const [rows, columns, channels] = this.shape;
    this.title.textContent = `As the network sees it: ${rows} × ${columns}${channels === 3 ? " × 3" : ""}`;
    this.grid.paint = this.source.drawing ? (pixel, starts) => this.source.paint(pixel, starts) : null;
    const pixel = (row: number, column: number) => {
      const at = (row * columns + column) * 3;
      return [this.image.rgb[at], this.image.rgb[at + 1], this.image.rgb[at + 2]] as const;
    };
    this.grid.show(
      {
        rows,
        columns,
        colour: pixel,
        text: () => "",
        describe: (cell) => `${place(cell)}: ${pixel(cell.row, cell.column).join(", ")}${describe(cell)}`,
        decorate,
      },
      fitting([this.el], rows, columns),
    );
  }

  /** Frames the pixels that a number depends on. */
  mark({ top, left, bottom, right }: Field): void {
    const frame = (pen: Pen): void => pen.frame(top, left, bottom - top + 1, right - left + 1, USERS);
    this.grid.mark(frame);
    this.grid.copy(this.small, SMALL / Math.max(...this.shape.slice(0, 2)), frame);
  }

  /** A program in which the network, that of the run called `run` or the reader's own, answers about the picture. */
  program(run: string): string {
    const [rows, columns, channels] = this.shape;
    return [
      "import base64",
      "",
      run ? "from cnnbook.runs import load_run" : "import keras",
      "import numpy as np",
      "",
      ...pixels(this.image.rgb, rows, columns, 3),
      run ? `model = load_run("${run}").model()` : `model = keras.models.load_model("yours.keras")`,
      `input = image[None${channels === 3 ? "" : ", ..., :1"}]${this.most === 255 ? "" : ` * (${this.most} / 255)`}`,
      "print(model.predict(input, verbose=0)[0])",
      "",
    ].join("\n");
  }

  private see(picture: Image, view: Distortion): Image {
    const [rows, columns, channels] = this.shape;
    const { width, height, rgb } = shrink(square(picture), Math.max(rows, columns));
    const seen = { width: columns, height: rows, rgb: distort(rgb, [height, width], [rows, columns], view) };
    if (channels === 3) return seen;
    const grey = values(seen, false);
    return { ...seen, rgb: seen.rgb.map((_, i) => grey[Math.floor(i / 3)]) };
  }
}
