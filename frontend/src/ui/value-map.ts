// A map with its title, of which the cell that is pointed at says its value below.
import { PATCH, type Rgb } from "./colour.ts";
import { element } from "./dom.ts";
import { number } from "./format.ts";
import { Grid, type Actions, type Cell } from "./grid.ts";

const LARGEST_CELL = 24; // pixels

export class ValueMap {
  readonly el: HTMLElement;
  private readonly grid: Grid;
  readonly title: HTMLElement;
  private readonly note = element("p", { className: "note" });
  private describe = (_cell: Cell): string => "";

  /** Says the value of the cell that is pointed at, unless `actions` do something else. */
  constructor(title: string, actions?: Actions) {
    const say = (cell: Cell) => (this.note.textContent = this.describe(cell));
    this.grid = new Grid(title, actions ?? { point: say, pin: say });
    this.title = element("p", { className: "title" }, title);
    this.el = element("section", {}, this.title, this.grid.el, this.note);
  }

  /** Frames `cell`, and says its value. */
  mark(cell: Cell): void {
    this.grid.goTo(cell);
    this.grid.mark((pen) => pen.frame(cell.row, cell.column, 1, 1, PATCH));
    this.note.textContent = this.describe(cell);
  }

  /** Shows `values`, row by row; `paint` draws on them. Cells are as large as fits, or `cell` pixels. */
  show(
    values: ArrayLike<number>,
    columns: number,
    colour: (value: number) => Rgb,
    paint: ((cell: Cell, starts: boolean) => void) | null = null,
    cell = Math.min(Math.floor(this.el.clientWidth / columns), LARGEST_CELL),
  ): void {
    const at = (row: number, column: number) => values[row * columns + column];
    this.describe = ({ row, column }) => `Row ${row}, column ${column}: ${number(at(row, column))}`;
    this.note.textContent = "";
    this.grid.paint = paint;
    this.grid.show(
      {
        rows: values.length / columns,
        columns,
        colour: (row, column) => colour(at(row, column)),
        text: () => "",
        describe: (cell) => this.describe(cell),
      },
      Math.max(1, cell),
    );
  }
}
