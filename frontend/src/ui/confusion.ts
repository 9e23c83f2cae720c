// A confusion matrix: a row a true class, a column an answer, a cell so many images.
import { diverging, PATCH } from "./colour.ts";
import { element } from "./dom.ts";
import { Grid, type Actions, type Cell } from "./grid.ts";

const [SMALLEST_CELL, LARGEST_CELL, GAP] = [14, 44, 10]; // pixels

/** "true cat, answered dog". */
export const pair = (names: string[], { row, column }: Cell): string => `true ${names[row]}, answered ${names[column]}`;

/** How many images the most frequent mistake has, and at least 1. */
export const mostMistakes = (cells: number[][]): number =>
  Math.max(1, ...cells.flatMap((row, i) => row.filter((_, j) => i !== j)));

export class Confusion {
  readonly el: HTMLElement;
  private readonly grid: Grid;
  private readonly names: string[];
  private readonly rows: HTMLElement; // their names

  constructor(names: string[], actions: Actions) {
    this.names = names;
    this.grid = new Grid("Confusion matrix", actions);
    const heads = (className: string) =>
      element("div", { className, "aria-hidden": "true" }, ...names.map((name) => element("span", {}, name)));
    this.rows = heads("true");
    this.el = element("div", { className: "confusion" }, heads("answered"), this.rows, this.grid.el);
  }

  /** Mistakes have their brightest colour where there are `most` of one kind. */
  show(cells: number[][], most = mostMistakes(cells)): void {
    const { names } = this;
    const totals = cells.map((row) =>
      Math.max(
        1,
        row.reduce((a, b) => a + b),
      ),
    );
    const room = (this.el.clientWidth - this.rows.offsetWidth - GAP) / names.length;
    const size = Math.floor(Math.min(LARGEST_CELL, Math.max(SMALLEST_CELL, room)));
    this.el.style.setProperty("--cell", `${size}px`);
    this.grid.show(
      {
        rows: names.length,
        columns: names.length,
        // What is right is blue, as a share of its class; mistakes are orange, as a share of `most`.
        colour: (i, j) => diverging(i === j ? -cells[i][j] / totals[i] : cells[i][j] / most),
        text: (i, j) => String(cells[i][j]),
        describe: (cell) => `${pair(names, cell)}: ${cells[cell.row][cell.column]}`,
      },
      size,
    );
  }

  /** Frames cells. */
  mark(...cells: (Cell | null)[]): void {
    this.grid.mark((pen) => cells.forEach((cell) => cell && pen.frame(cell.row, cell.column, 1, 1, PATCH)));
  }
}
