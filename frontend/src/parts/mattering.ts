// Which part of the picture carried an answer: by covering it piece by piece, or by the maps of the last convolution.
import { backwards, gradCam, gradient, steepest } from "../ops/gradient.ts";
import { covered, meanDrops, squares } from "../ops/occlusion.ts";
import type { Thinking } from "./thinking.ts";

export type How = "nothing" | "covering" | "Grad-CAM" | "field";

/** A place of a layer with maps. */
export interface Place {
  layer: number;
  row: number;
  column: number;
}

const SIZE = 8; // rows and columns of the square that covers
const STRIDES = [4, 2]; // coarse first

export interface Importance {
  values: Float64Array; // row by row; NaN: not known yet
  rows: number;
  columns: number;
  done: boolean;
}

export class Mattering {
  problem = "";
  found: Importance | null = null;
  private asked = "";
  private readonly thinking: Thinking;
  private readonly changed: () => void;

  constructor(thinking: Thinking, changed: () => void) {
    [this.thinking, this.changed] = [thinking, changed];
  }

  /** The layer whose maps Grad-CAM adds up: the last convolution; −1 where there is none. */
  get layer(): number {
    return this.thinking.layers.map(({ kind }) => kind).lastIndexOf("Conv2D");
  }

  /**
   * Works out what mattered for `label`, or for the numbers of a place, in the input that was asked last, unless it has
   * been worked out.
   */
  ask(how: How, label: number, input: Float32Array, most: number, off: readonly string[], of: Place | null): void {
    const target = how === "field" ? Object.values(of ?? {}) : label;
    const question = how === "nothing" ? how : [how, target, off, input].join("|");
    if (question === this.asked) return;
    [this.asked, this.found, this.problem] = [question, null, ""];
    const fail = (error: Error) => {
      if (this.asked === question) this.problem = error.message;
      this.changed();
    };
    if (how === "covering") void this.cover(question, label, input, most, off).catch(fail);
    if (how === "Grad-CAM") void this.weigh(question, label, input, off).catch(fail);
    if (how === "field") void this.follow(question, of, input, off).catch(fail);
  }

  private async cover(question: string, label: number, input: Float32Array, most: number, off: readonly string[]) {
    const { thinking } = this;
    const shape = thinking.packed!.input;
    const [rows, columns] = shape;
    const before = thinking.output(thinking.last)![label];
    for (const stride of STRIDES) {
      const places = squares(rows, columns, Math.min(SIZE, rows, columns), stride);
      const drops: number[] = [];
      for (const top of places.tops) {
        const images = covered(input, shape, places, top, most / 2);
        const [answers] = await thinking.answers(images, [thinking.last], off);
        if (this.asked !== question) return;
        const classes = answers.length / places.lefts.length;
        places.lefts.forEach((_, i) => drops.push(before - answers[i * classes + label]));
        const done = top === places.tops[places.tops.length - 1];
        if (stride === STRIDES[0] || done) {
          const values = meanDrops(rows, columns, places, drops);
          this.found = { values, rows, columns, done: done && stride === STRIDES[1] };
          this.changed();
        }
      }
    }
  }

  /** How strongly each pixel could move the numbers of a place, all its maps together. */
  private async follow(question: string, of: Place | null, input: Float32Array, off: readonly string[]) {
    const { thinking } = this;
    if (!of) throw new RangeError("Numbers of this layer have no place on the picture: open a layer with maps.");
    const [rows, columns, channels] = thinking.packed!.input;
    const { shape } = thinking.layers[of.layer];
    const layers = Array.from({ length: of.layer + 1 }, (_, i) => i);
    const outputs = await thinking.answers(input, layers, off);
    if (this.asked !== question) return;
    const weight = new Float64Array(shape.reduce((product, n) => product * n, 1));
    const first = (of.row * shape[1] + of.column) * shape[2];
    weight.fill(1, first, first + shape[2]);
    const output = (index: number) => (index < 0 ? input : outputs[index]);
    const values = steepest(backwards(thinking.packed!, output, of.layer, weight, -1), channels);
    this.found = { values, rows, columns, done: true };
    this.changed();
  }

  private async weigh(question: string, label: number, input: Float32Array, off: readonly string[]) {
    const { thinking, layer } = this;
    if (layer < 0) throw new RangeError("This network has no convolution whose maps Grad-CAM could add up.");
    const behind = thinking.layers.map((_, i) => i).slice(layer);
    const outputs = await thinking.answers(input, behind, off);
    if (this.asked !== question) return;
    const slopes = gradient(thinking.packed!, (index) => outputs[index - layer], layer, label);
    const [rows, columns, maps] = thinking.layers[layer].shape;
    this.found = { values: gradCam(outputs[0], slopes, maps), rows, columns, done: true };
    this.changed();
  }
}
