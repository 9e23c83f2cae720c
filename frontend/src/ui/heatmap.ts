// A map of numbers, drawn on a canvas because it may have thousands of cells, that can be pointed at, tapped and walked
// through with the keyboard. For a screen reader it is a grid of which only the cell in hand is in the document.
import { resize, write } from "./canvas.ts";
import { css, type Rgb } from "./colour.ts";
import { element, freshId } from "./dom.ts";

export interface Cell {
  row: number;
  column: number;
}

export const sameCell = (a: Cell | null, b: Cell | null): boolean => a?.row === b?.row && a?.column === b?.column;

export interface Picture {
  rows: number;
  columns: number;
  colour(row: number, column: number): Rgb;
  text(row: number, column: number): string; // written into the cells where they are large enough
  describe(cell: Cell): string; // for a screen reader
  decorate?(pen: Pen): void; // on top of the colours, under the marks
}

export interface Actions {
  point(cell: Cell, by: "pointer" | "keys"): void;
  leave(): void;
  pin(cell: Cell): void;
  release(): void;
}

const LARGE = 22; // a cell of so many pixels holds a number
const KEYS: Record<string, [rows: number, columns: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-8, 0],
  PageDown: [8, 0],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

/** Draws in units of cells. */
export class Pen {
  readonly context: CanvasRenderingContext2D;
  readonly size: number;

  constructor(context: CanvasRenderingContext2D, size: number) {
    this.context = context;
    this.size = size;
  }

  /** A frame in `colour` with a dark line around it, so that it shows on every picture. */
  frame(row: number, column: number, rows: number, columns: number, colour: string): void {
    const box = [column * this.size, row * this.size, columns * this.size, rows * this.size] as const;
    for (const [width, style] of [[4, "#000c"], [2, colour]] as const) {
      this.context.lineWidth = width;
      this.context.strokeStyle = style;
      this.context.strokeRect(...box);
    }
  }

  /** A thin line around cells. */
  outline(row: number, column: number, rows: number, columns: number, colour: string): void {
    this.context.lineWidth = 1;
    this.context.strokeStyle = colour;
    this.context.strokeRect(column * this.size + 0.5, row * this.size + 0.5, columns * this.size - 1, rows * this.size - 1);
  }

  fill(row: number, column: number, rows: number, columns: number, colour: string): void {
    this.context.fillStyle = colour;
    this.context.fillRect(column * this.size, row * this.size, columns * this.size, rows * this.size);
  }

  hatch(row: number, column: number, rows: number, columns: number): void {
    this.fill(row, column, rows, columns, "#0008");
    const { context } = this;
    const [x, y, width, height] = [column, row, columns, rows].map((cells) => cells * this.size);
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.beginPath();
    for (let start = -height; start < width; start += 6) {
      context.moveTo(x + start, y + height);
      context.lineTo(x + start + height, y);
    }
    context.lineWidth = 1.5;
    context.strokeStyle = "#fffc";
    context.stroke();
    context.restore();
  }
}

export class Heatmap {
  readonly el: HTMLElement;
  cursor: Cell = { row: 0, column: 0 }; // where the arrow keys go on from
  paint: ((cell: Cell, starts: boolean) => void) | null = null; // set: the pointer and Space draw instead of pointing
  private picture: Picture | null = null;
  private size = 8; // of a cell, in CSS pixels
  private readonly name: string;
  private readonly actions: Actions;
  private readonly base = element("canvas", { "aria-hidden": "true" });
  private readonly marks = element("canvas", { className: "marks", "aria-hidden": "true" });
  private readonly row = element("div", { role: "row", className: "unseen" });
  private readonly gridCell = element("div", { role: "gridcell", id: freshId() });

  constructor(name: string, actions: Actions) {
    this.name = name;
    this.actions = actions;
    this.row.append(this.gridCell);
    this.el = element("div", { className: "map", role: "grid", tabIndex: 0 }, this.base, this.marks, this.row);
    this.el.setAttribute("aria-activedescendant", this.gridCell.id);
    this.el.addEventListener("keydown", (event) => this.onKey(event));
    this.el.addEventListener("focus", () => this.el.matches(":focus-visible") && this.actions.point(this.cursor, "keys"));
    this.el.addEventListener("blur", () => this.actions.leave());
    this.marks.addEventListener("pointermove", (event) => this.onMove(event));
    this.marks.addEventListener("pointerdown", (event) => this.onDown(event));
    this.marks.addEventListener("pointerleave", () => this.actions.leave());
    this.marks.addEventListener("click", (event) => {
      const cell = this.cellAt(event);
      if (cell && !this.paint) this.actions.pin(cell);
    });
  }

  /** Shows `picture` with cells of `size` CSS pixels. */
  show(picture: Picture, size: number): void {
    this.picture = picture;
    this.size = size;
    const { rows, columns } = picture;
    this.cursor = { row: Math.min(this.cursor.row, rows - 1), column: Math.min(this.cursor.column, columns - 1) };
    this.el.setAttribute("aria-label", `${this.name}, ${rows} rows, ${columns} columns`);
    this.el.setAttribute("aria-rowcount", String(rows));
    this.el.setAttribute("aria-colcount", String(columns));
    this.el.classList.toggle("painting", this.paint !== null);
    const [context] = [this.base, this.marks].map((canvas) => resize(canvas, columns * size, rows * size));
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        context.fillStyle = css(picture.colour(row, column));
        context.fillRect(column * size, row * size, size, size);
      }
    }
    if (size >= LARGE) this.write(context, picture);
    picture.decorate?.(new Pen(context, size));
    this.describe();
  }

  /** Replaces the marks on top of the picture. */
  mark(draw: (pen: Pen) => void): void {
    const context = this.marks.getContext("2d")!;
    context.clearRect(0, 0, this.marks.width, this.marks.height);
    draw(new Pen(context, this.size));
  }

  /** Moves the keyboard's place, and what a screen reader finds there, to `cell`. */
  goTo(cell: Cell): void {
    this.cursor = cell;
    this.describe();
  }

  private describe(): void {
    const { row, column } = this.cursor;
    this.row.setAttribute("aria-rowindex", String(row + 1));
    this.gridCell.setAttribute("aria-colindex", String(column + 1));
    this.gridCell.textContent = this.picture!.describe(this.cursor);
  }

  private write(context: CanvasRenderingContext2D, { rows, columns, colour, text }: Picture): void {
    context.font = `${Math.min(14, this.size / 2.6)}px system-ui, sans-serif`;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        write(context, text(row, column), colour(row, column), (column + 0.5) * this.size, (row + 0.5) * this.size, this.size - 2);
      }
    }
  }

  private cellAt(event: MouseEvent): Cell | null {
    if (!this.picture) return null;
    const box = this.marks.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * this.picture.rows);
    const column = Math.floor(((event.clientX - box.left) / box.width) * this.picture.columns);
    const inside = row >= 0 && column >= 0 && row < this.picture.rows && column < this.picture.columns;
    return inside ? { row, column } : null;
  }

  private onMove(event: PointerEvent): void {
    const cell = this.cellAt(event);
    if (!cell) return;
    if (this.paint) {
      if (event.buttons) this.paint(cell, false);
    } else if (event.pointerType === "mouse") this.actions.point(cell, "pointer");
  }

  private onDown(event: PointerEvent): void {
    const cell = this.cellAt(event);
    if (!cell || !this.paint) return;
    this.marks.setPointerCapture(event.pointerId);
    this.paint(cell, true);
  }

  private onKey(event: KeyboardEvent): void {
    if (!this.picture || event.altKey || event.metaKey) return;
    const { rows, columns } = this.picture;
    const move = KEYS[event.key];
    if (move) {
      const within = (place: number, most: number) => Math.min(most - 1, Math.max(0, place));
      let { row, column } = this.cursor;
      [row, column] = [within(row + move[0], rows), within(column + move[1], columns)];
      if (event.ctrlKey && event.key === "Home") row = 0;
      if (event.ctrlKey && event.key === "End") row = rows - 1;
      this.goTo({ row, column });
      this.actions.point(this.cursor, "keys");
    } else if (event.key === "Enter" || event.key === " ") {
      if (this.paint) this.paint(this.cursor, true);
      else this.actions.pin(this.cursor);
    } else if (event.key === "Escape") this.actions.release();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
