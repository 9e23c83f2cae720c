// What mattered for an answer of a network, laid over the picture and in words.
import { Mattering, type How, type Importance, type Place } from "../parts/mattering.ts";
import type { Thinking } from "../parts/thinking.ts";
import { choices, labelled } from "../ui/dom.ts";
import { number } from "../ui/format.ts";
import type { Cell, Pen } from "../ui/grid.ts";

const LABELS: Record<How, string> = {
  nothing: "not asked",
  covering: "cover it in pieces",
  "Grad-CAM": "Grad-CAM",
  field: "pixels for the open place",
};
const [FOR, AGAINST, DIM] = ["255 120 0", "40 120 255", "0 0 0"]; // red, green, blue

export class Mattered {
  readonly el: HTMLElement;
  private how: How = "nothing";
  private name = ""; // of the answer
  private of: Place | null = null; // the place that is open
  private found: Importance | null = null;
  private problem = "";
  private readonly select: HTMLSelectElement;
  private readonly mattering: Mattering;
  private readonly thinking: Thinking;
  private readonly size: readonly [rows: number, columns: number];

  /** For pictures of `size`; `choose` hears what the reader asks for, `changed` that there is more to show. */
  constructor(thinking: Thinking, size: readonly [number, number], choose: (how: How) => void, changed: () => void) {
    [this.thinking, this.size] = [thinking, size];
    this.mattering = new Mattering(thinking, changed);
    const list = Object.entries(LABELS).map(([value, label]) => ({ value, label }));
    this.select = choices(list, (how) => choose(how as How));
    this.el = labelled("What mattered", this.select);
  }

  /**
   * Asks what mattered for the class `label`, called `name`, or for the place `of` a layer, as soon as the network has
   * answered about `input`.
   */
  show(
    how: How,
    label: number,
    name: string,
    input: Float32Array,
    most: number,
    off: readonly string[],
    of: Place | null,
  ): void {
    [this.how, this.name, this.of, this.select.value] = [how, name, of, how];
    const { mattering } = this;
    [this.found, this.problem] = [null, ""]; // while the network is at work, what there is answers an older question
    if (!this.thinking.settled) return;
    mattering.ask(how, label, input, most, off, of);
    [this.found, this.problem] = [mattering.found, mattering.problem];
  }

  get words(): string {
    const { found, problem } = this;
    const { layer } = this.mattering;
    if (problem || this.how === "nothing") return problem;
    if (!found || (this.how === "field" && !this.of)) return "The network is asked …";
    if (this.how === "Grad-CAM") {
      const { name } = this.thinking.layers[layer];
      const size = `${found.rows} × ${found.columns}`;
      return `Orange: where the maps of ${name} speak for “${this.name}”. They have ${size} places, stretched here.`;
    }
    if (this.how === "field") {
      const { layer, row, column } = this.of!;
      const where = `row ${row}, column ${column} of ${this.thinking.layers[layer].name}`;
      const moving = found.values.filter((value) => value > 0).length;
      const can = `${moving} pixels can; the frame is what the layers allow.`;
      return `The more orange, the more strongly a pixel could move the numbers at ${where}. ${can}`;
    }
    const most = (100 * Math.max(...Array.from(found.values, (value) => value || 0))).toFixed(1);
    const costs = `on average up to ${most} points${found.done ? "" : " so far"}`;
    return `Orange: grey squares over this place take probability from “${this.name}”, ${costs}; blue: they add some.`;
  }

  /** What a pixel counted, where it is known. */
  describe({ row, column }: Cell): string {
    const { found } = this;
    if (!found) return "";
    const [rows, columns] = this.size;
    const at = Math.floor((row * found.rows) / rows) * found.columns + Math.floor((column * found.columns) / columns);
    return Number.isNaN(found.values[at]) ? "" : `, counts ${number(found.values[at], 4)}`;
  }

  draw(pen: Pen): void {
    const { found } = this;
    if (!found) return;
    const { values, rows, columns } = found;
    const most = Math.max(...Array.from(values, (value) => Math.abs(value) || 0));
    const [high, wide] = [this.size[0] / rows, this.size[1] / columns];
    values.forEach((value, i) => {
      const share = most && value / most;
      const field = this.how === "field";
      const fill = (colour: string, strength: number) =>
        pen.fill(Math.floor(i / columns) * high, (i % columns) * wide, high, wide, `rgb(${colour} / ${strength})`);
      // On a picture that is dim: how bright a pixel was to begin with must not tell.
      if (field) fill(DIM, 0.7);
      if (share) fill(share < 0 ? AGAINST : FOR, field ? 0.9 * Math.sqrt(share) : 0.75 * Math.abs(share));
    });
  }
}
