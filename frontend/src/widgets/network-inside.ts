// The inside of a network: the maps of a layer, one of them open, and a number of it explained.
import type { Field } from "../ops/field.ts";
import { fitting } from "../parts/fitting.ts";
import type { Place } from "../parts/mattering.ts";
import { place, UNPINNED } from "../parts/sliding-maps.ts";
import type { Thinking } from "../parts/thinking.ts";
import { diverging, PATCH } from "../ui/colour.ts";
import { button, choices, element, labelled } from "../ui/dom.ts";
import { counted, ends, number } from "../ui/format.ts";
import { Grid, sameCell, type Cell } from "../ui/grid.ts";
import { Legend } from "../ui/legend.ts";
import { Sheet } from "../ui/sheet.ts";
import { NetworkStory } from "./network-story.ts";

interface State {
  layer: number;
  map: number;
  cell: readonly [row: number, column: number] | null;
  off: string[];
  mattered: string;
}

interface Lab {
  readonly state: State;
  set(changes: Partial<State>): void;
  remark(): void;
  refresh(): void;
  say(words: string): void;
}

export class Inside {
  readonly el: HTMLElement;
  private at: Cell | null = null; // in the open map; null: its middle
  private dark = ""; // what is said of maps that are 0 everywhere
  private over: number | null = null; // the map that is pointed at; null: the open one
  private index = 0; // of the layer that is shown
  private input!: Float32Array; // of it
  private values!: Float32Array; // what comes out of it
  private shape!: readonly [rows: number, columns: number, maps: number];
  private readonly lab: Lab;
  private readonly thinking: Thinking;
  private readonly layer: HTMLSelectElement;
  private readonly sheet: Sheet;
  private readonly open: Grid;
  private readonly legend = new Legend();
  private readonly story = new NetworkStory();
  private readonly title = element("p", { className: "title" });
  private readonly note = element("p", { className: "note" });
  private readonly how = element("p", { className: "note" });
  private readonly toggle: HTMLButtonElement;
  private readonly all: HTMLButtonElement;

  /** `picture` stands beside the number that it belongs to. */
  constructor(lab: Lab, thinking: Thinking, picture: HTMLElement) {
    [this.lab, this.thinking] = [lab, thinking];
    this.layer = choices([], (index) => {
      this.at = null; // it was a place of other maps
      lab.set({ layer: Number(index), map: 0, cell: null });
    });
    const point = (map: number, by: string) => {
      this.over = map;
      lab.remark();
      if (by !== "pointer") lab.say(this.told(map));
    };
    const leave = () => {
      this.over = null;
      lab.remark();
    };
    this.sheet = new Sheet("Maps of the layer", point, (map) => lab.set({ map, cell: null }), leave);
    this.open = new Grid("Open map", {
      point: (cell, by) => {
        if (by === "pointer" && lab.state.cell) return;
        this.at = cell;
        if (lab.state.cell) lab.set({ cell: [cell.row, cell.column] });
        else if (lab.state.mattered === "field") lab.refresh();
        else lab.remark();
        if (by !== "pointer") lab.say(this.describe(cell));
      },
      pin: (cell) => {
        const [row, column] = lab.state.cell ?? [];
        this.at = cell;
        if (sameCell(cell, { row, column } as Cell)) return this.release();
        lab.set({ cell: [cell.row, cell.column] });
        lab.say(`Pinned. ${this.describe(cell)}`);
      },
      release: () => lab.state.cell !== null && (this.release(), true),
    });
    this.toggle = button("", () => {
      if (this.el.hidden) return;
      const { off } = lab.state;
      lab.set({
        off: off.includes(this.key) ? off.filter((each) => each !== this.key) : [...off, this.key].slice(-64),
      });
    });
    this.all = button("Switch all maps on", () => lab.set({ off: [] }));
    this.el = element(
      "div",
      { className: "inside", hidden: true },
      element("div", { className: "bar" }, labelled("Layer", this.layer), this.all),
      element("section", {}, this.sheet.el, this.legend.el, this.note),
      element(
        "div",
        { className: "figures two" },
        element("section", {}, this.title, this.open.el, this.how, this.toggle),
        element("section", {}, element("p", { className: "title" }, "What it depends on"), picture, this.story.el),
      ),
    );
  }

  /** The layers that it needs: what goes into the one that the reader wants to see, and what comes out. */
  get wanted(): number[] {
    const index = Math.min(this.lab.state.layer, this.thinking.last);
    return [index - 1, index];
  }

  /** The place that is open; null in a layer without maps, or before it is known. */
  get place(): Place | null {
    const [, layer] = this.wanted;
    const [rows, columns, maps] = this.thinking.layers[layer]?.shape ?? [];
    return maps ? { layer, ...this.inHand(rows, columns) } : null;
  }

  /** The pinned cell, or the one that was pointed at last, or the middle. */
  private inHand(rows: number, columns: number): Cell {
    const [row, column] = this.lab.state.cell ?? [this.at?.row ?? rows >> 1, this.at?.column ?? columns >> 1];
    return { row: Math.min(row, rows - 1), column: Math.min(column, columns - 1) };
  }

  private get map(): number {
    return Math.min(this.lab.state.map, this.shape[2] - 1);
  }

  /** The open map, as it is called among those that are switched off. */
  private get key(): string {
    return `${this.thinking.layers[this.index].name} ${this.map}`;
  }

  show(): void {
    const { thinking, lab } = this;
    const [before, index] = this.wanted;
    const values = thinking.output(index);
    if (!values || !thinking.output(before)) return; // not yet: what is shown stays
    this.el.hidden = false;
    [this.index, this.values, this.input] = [index, values, thinking.output(before)!];
    const { shape } = thinking.layers[this.index];
    const [rows, columns, count] = (this.shape = shape.length === 3 ? (shape as never) : [1, 1, shape[0]]);
    if (!this.layer.length)
      this.layer.append(
        ...thinking.layers.map(({ name, kind, shape }, i) =>
          element("option", { value: String(i) }, `${name}: ${kind}, ${shape.join(" × ")}`),
        ),
      );
    this.layer.value = String(this.index);
    const [least, most] = ends(values);
    const scale = Math.max(Math.abs(least), Math.abs(most));
    const dark = Array.from({ length: count }, () => true);
    values.forEach((value, i) => value && (dark[i % count] = false));
    this.sheet.show(
      {
        rows,
        columns,
        count,
        colour: (map, place) => diverging(scale && values[place * count + map] / scale),
        hatched: (map) => dark[map],
        describe: (map) => this.told(map),
      },
      this.el.clientWidth,
    );
    this.legend.show(least, most, scale);
    const all = dark.filter(Boolean).length;
    this.dark = all ? `Hatched: of ${counted(count, "map")}, ${all} hold nothing but 0.` : "";
    this.all.hidden = !lab.state.off.length;
    this.toggle.textContent = `Switch map ${this.map} ${lab.state.off.includes(this.key) ? "on" : "off"}`;
    this.open.show(
      {
        rows,
        columns,
        colour: (row, column) => diverging(scale && this.value({ row, column }) / scale),
        text: (row, column) => number(this.value({ row, column }), 2),
        describe: (cell) => this.describe(cell),
      },
      fitting([this.open.el.parentElement!], rows, columns),
    );
  }

  /** Explains the number in hand; returns the pixels that it depends on. */
  mark(): Field | null {
    if (this.el.hidden) return null;
    const { cell } = this.lab.state;
    const at = this.inHand(this.shape[0], this.shape[1]);
    this.sheet.mark(this.map);
    const over = Math.min(this.over ?? this.map, this.shape[2] - 1);
    this.note.textContent = `${this.told(over)}. ${this.dark}`;
    this.title.textContent = `Map ${this.map}: ${this.describe(at)}${cell ? " (pinned)" : ""}`;
    this.how.textContent = cell
      ? "Pinned: press it again, or Escape, to let it go; the arrows move it."
      : "Point at a number to see where it comes from; press to pin it.";
    this.open.goTo(at);
    this.open.mark((pen) => pen.frame(at.row, at.column, 1, 1, PATCH));
    return this.story.show(
      this.thinking.packed!,
      this.index,
      this.input,
      [at.row, at.column, this.map],
      this.value(at),
    );
  }

  private release(): void {
    this.lab.set({ cell: null });
    this.lab.say(UNPINNED);
  }

  reset(): void {
    [this.at, this.over] = [null, null];
  }

  private value({ row, column }: Cell): number {
    return this.values[(row * this.shape[1] + column) * this.shape[2] + this.map];
  }

  private describe(cell: Cell): string {
    return `${place(cell)}: ${number(this.value(cell))}`;
  }

  private told(map: number): string {
    const [least, most] = ends(this.values.filter((_, i) => i % this.shape[2] === map));
    return `Map ${map}: ${least === most ? number(least, 4) : `${number(least, 4)} to ${number(most, 4)}`}`;
  }
}
