// A row of places, and below it a line for each output: the window where it stands, and at the end the output.
import { diverging, PATCH, USERS, type Rgb } from "./colour.ts";
import { element } from "./dom.ts";
import { listed } from "./format.ts";
import { Grid, type Cell } from "./grid.ts";

const [GROUND, ZERO, PIXEL]: Rgb[] = [20, 85, 205].map((grey) => [grey, grey, grey]);
const OUTPUT = diverging(0.6);
const [TALLEST, SMALLEST_CELL, LARGEST_CELL] = [400, 6, 40]; // pixels
const FIRST: Cell = { row: 1, column: 0 }; // output 0

export class Stairs {
  readonly el: HTMLElement;
  readonly words = element("p"); // about what is pointed at
  unread: string[] = []; // the pixels that no output reads
  private at = FIRST; // in row 0 a place, below it an output
  private names: string[] = []; // of the places: "0", or of a pixel
  private reads: number[][] = []; // [output][weight]: a place
  private readonly grid: Grid;

  /** `say` is told what is pointed at, unless by a pointer. */
  constructor(say: (words: string) => void) {
    const point = (cell: Cell, by: string) => {
      this.at = cell;
      this.mark();
      if (by !== "pointer") say(this.describe(cell));
    };
    // What is pointed at stays in hand: there is nothing to pin.
    this.grid = new Grid("Pixels, and the window of each output", { point, pin: point });
    const how = "Point at a pixel to see who reads it, at a line to see what it reads.";
    this.el = element("section", {}, this.grid.el, element("p", { className: "note" }, how));
  }

  reset(): void {
    this.at = FIRST;
  }

  /** Shows `size` pixels between zeros; `reads` are the places of each output's weights, the first zero being 0. */
  show(size: number, before: number, after: number, reads: number[][]): void {
    const names = Array.from({ length: before + size + after }, (_, place) =>
      place < before || place >= before + size ? "0" : `x${place - before}`,
    );
    [this.names, this.reads] = [names, reads];
    const unused = [...(reads.length ? names.keys() : [])].filter((place) => !this.readers(place).length);
    this.unread = unused.map((place) => names[place]).filter((name) => name !== "0");
    const [rows, columns] = [reads.length + 1, names.length + 2]; // the output stands apart
    const text = (row: number, column: number) => {
      if (!row) return names[column] ?? "";
      const weight = reads[row - 1].indexOf(column);
      return weight < 0 ? (column > names.length ? `y${row - 1}` : "") : `w${weight}`;
    };
    const tall = Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, TALLEST / rows));
    const cell = Math.min(tall, this.el.clientWidth / columns);
    this.grid.show(
      {
        rows,
        columns,
        colour: (row, column) =>
          !text(row, column) ? GROUND : column > names.length ? OUTPUT : names[column] === "0" ? ZERO : PIXEL,
        text,
        describe: (cell) => this.describe(cell),
        decorate: (pen) =>
          unused.forEach((place) => {
            pen.hatch(0, place, 1, 1);
            if (names[place] !== "0") pen.label(0, place, names[place]);
          }),
      },
      Math.max(1, Math.floor(cell * devicePixelRatio)) / devicePixelRatio,
    );
    this.at = { row: Math.min(this.at.row, rows - 1), column: Math.min(this.at.column, columns - 1) };
    this.mark();
  }

  private readers(place: number): number[] {
    return [...this.reads.keys()].filter((output) => this.reads[output].includes(place));
  }

  /** The place in a column: right of the last one it is the last one. */
  private place(column: number): number {
    return Math.min(column, this.names.length - 1);
  }

  private describe({ row, column }: Cell): string {
    const { names, reads } = this;
    if (row) return `y${row - 1} = ${reads[row - 1].map((place, i) => `w${i} · ${names[place]}`).join(" + ")}`;
    const place = this.place(column);
    const readers = listed(this.readers(place).map((output) => `y${output}`));
    return `${names[place].replace(/^0/, "This zero")} is read by ${readers || "no output"}.`;
  }

  private mark(): void {
    const { row, column } = this.at;
    const [place, output] = [this.place(column), this.names.length + 1];
    this.grid.mark((pen) => {
      if (row) {
        const window = this.reads[row - 1];
        for (const place of window) pen.frame(0, place, 1, 1, PATCH);
        pen.frame(row, window[0], 1, window[window.length - 1] - window[0] + 1, PATCH);
        pen.frame(row, output, 1, 1, PATCH);
      } else {
        pen.frame(0, place, 1, 1, USERS);
        for (const reader of this.readers(place))
          for (const column of [place, output]) pen.frame(reader + 1, column, 1, 1, USERS);
      }
      pen.outline(row, column, 1, 1, USERS);
    });
    this.grid.goTo(this.at);
    this.words.textContent = this.describe(this.at);
  }
}
