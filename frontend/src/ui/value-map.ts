// A map with its title, of which the cell that is pointed at says its value below.
import type { Rgb } from "./colour.ts";
import { element } from "./dom.ts";
import { number } from "./format.ts";
import { Grid, type Cell } from "./grid.ts";

const LARGEST_CELL = 24; // pixels

export class ValueMap {
  readonly el: HTMLElement;
  private readonly grid: Grid;
  private readonly note = element("p", { className: "note" });
  private describe = (_cell: Cell): string => "";

  constructor(title: string) {
    const say = (cell: Cell) => (this.note.textContent = this.describe(cell));
    this.grid = new Grid(title, { point: say, pin: say, leave: () => {}, release: () => false });
    this.el = element("section", {}, element("p", { className: "title" }, title), this.grid.el, this.note);
  }

  /** Shows `values`, row by row; `paint` draws on them. */
  show(
    values: ArrayLike<number>,
    columns: number,
    colour: (value: number) => Rgb,
    paint: ((cell: Cell, starts: boolean) => void) | null = null,
  ): void {
    const at = (row: number, column: number) => values[row * columns + column];
    this.describe = ({ row, column }) => `Row ${row}, column ${column}: ${number(at(row, column))}`;
    this.note.textContent = "";
    this.grid.paint = paint;
    const size = Math.min(Math.floor(this.el.clientWidth / columns), LARGEST_CELL);
    this.grid.show(
      {
        rows: values.length / columns,
        columns,
        colour: (row, column) => colour(at(row, column)),
        text: () => "",
        describe: (cell) => this.describe(cell),
      },
      Math.max(1, size),
    );
  }
}
