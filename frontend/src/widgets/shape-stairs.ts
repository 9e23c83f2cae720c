// A row of pixels, and below it a line for each output: the window where it stands, and at the end the output.
import { inside, under, usersOf, type Slide } from "../parts/slide.ts";
import { diverging, PATCH, USERS, type Rgb } from "../ui/colour.ts";
import { Grid, type Cell, type Pen } from "../ui/grid.ts";
import { counted, list } from "./shape-words.ts";

const [GROUND, ZERO, PIXEL]: Rgb[] = [20, 85, 205].map((grey) => [grey, grey, grey]);
const OUTPUT = diverging(0.6);
const [TALLEST, SMALLEST_CELL, LARGEST_CELL] = [400, 6, 40]; // pixels
const AT_FIRST: Cell = { row: 1, column: 0 }; // output 0

export class Stairs {
  readonly grid: Grid;
  private slide!: Slide;
  private at = AT_FIRST; // in row 0 a pixel, below it an output
  private readonly lab: { remark(): void; say(text: string): void };

  constructor(lab: { remark(): void; say(text: string): void }) {
    this.lab = lab;
    const point = (cell: Cell, by: string) => {
      this.at = cell;
      lab.remark();
      if (by !== "pointer") lab.say(this.describe(cell));
    };
    // What is pointed at stays in hand: there is nothing to pin.
    const actions = { point, pin: point, leave: () => {}, release: () => false };
    this.grid = new Grid("Pixels, and the window of each output", actions);
  }

  reset(): void {
    this.at = AT_FIRST;
    this.lab.remark();
  }

  show(slide: Slide): void {
    this.slide = slide;
    const rows = slide.columns.size + 1;
    const columns = this.padded + 2; // the output stands apart
    this.at = { row: Math.min(this.at.row, rows - 1), column: Math.min(this.at.column, columns - 1) };
    const tall = Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, TALLEST / rows));
    const cell = Math.min(tall, this.grid.el.parentElement!.clientWidth / columns);
    this.grid.show(
      {
        rows,
        columns,
        colour: (row, column) => this.colour(row, column),
        text: (row, column) => this.text(row, column),
        describe: (cell) => this.describe(cell),
        decorate: (pen) => this.unused.forEach((column) => pen.hatch(0, column, 1, 1)),
      },
      Math.max(1, Math.floor(cell * devicePixelRatio)) / devicePixelRatio,
    );
  }

  mark(): void {
    const { row, column } = this.at;
    this.grid.mark((pen) => {
      if (row) this.markWindow(pen, row);
      else this.markPixel(pen, column);
      pen.outline(row, column, 1, 1, USERS);
    });
    this.grid.goTo(this.at);
  }

  /** What is pointed at. */
  inHand(): string {
    return this.describe(this.at);
  }

  /** Which pixels no output reads. */
  unread(): string {
    const names = this.unused.map((column) => this.name(this.place(column))).filter((name) => name !== "0");
    if (!names.length) return "Every pixel is read.";
    return `${counted(names.length, "pixel")} never read (hatched): ${list(names)}.`;
  }

  /** Pixels and zeros. */
  private get padded(): number {
    const { width, columns } = this.slide;
    return columns.before + width + columns.after;
  }

  /** What stands in a column. */
  private place(column: number): Cell {
    return { row: 0, column: Math.min(column, this.padded - 1) - this.slide.columns.before };
  }

  private name(place: Cell): string {
    return inside(this.slide, place) ? `x${place.column}` : "0";
  }

  private readers(column: number): number[] {
    const outputs = this.slide.problem ? [] : usersOf(this.slide, this.place(column));
    return outputs.map((output) => output.column).reverse();
  }

  private get unused(): number[] {
    const all = this.slide.problem ? [] : [...Array(this.padded).keys()];
    return all.filter((column) => !this.readers(column).length);
  }

  /** The place under a weight of the window in a row. */
  private under(row: number, weight: number): Cell {
    return under(this.slide, { row: 0, column: row - 1 }, 0, weight);
  }

  private colour(row: number, column: number): Rgb {
    if (row && column > this.padded) return OUTPUT;
    if (!this.text(row, column)) return GROUND;
    return inside(this.slide, this.place(column)) ? PIXEL : ZERO;
  }

  private text(row: number, column: number): string {
    const place = this.place(column);
    if (column >= this.padded) return row && column > this.padded ? `y${row - 1}` : "";
    if (!row) return this.name(place);
    const weight = this.weights.findIndex((weight) => this.under(row, weight).column === place.column);
    return weight < 0 ? "" : `w${weight}`;
  }

  private get weights(): number[] {
    return [...Array(this.slide.size[1]).keys()];
  }

  private describe({ row, column }: Cell): string {
    if (row) {
      const products = this.weights.map((weight) => `w${weight} · ${this.name(this.under(row, weight))}`);
      return `y${row - 1} = ${products.join(" + ")}`;
    }
    const name = this.name(this.place(column));
    const readers = this.readers(column).map((output) => `y${output}`);
    return `${name === "0" ? "This zero" : name} is read by ${list(readers) || "no output"}.`;
  }

  private markWindow(pen: Pen, row: number): void {
    const columns = this.weights.map((weight) => this.under(row, weight).column + this.slide.columns.before);
    for (const column of columns) pen.frame(0, column, 1, 1, PATCH);
    pen.frame(row, columns[0], 1, columns[columns.length - 1] - columns[0] + 1, PATCH);
    pen.frame(row, this.padded + 1, 1, 1, PATCH);
  }

  private markPixel(pen: Pen, pointed: number): void {
    const column = Math.min(pointed, this.padded - 1);
    for (const row of [0, ...this.readers(column).map((output) => output + 1)]) {
      pen.frame(row, column, 1, 1, USERS);
      if (row) pen.frame(row, this.padded + 1, 1, 1, USERS);
    }
  }
}
