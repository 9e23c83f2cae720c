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

/** What a grid shows. */
export interface Cells {
  rows: number;
  columns: number;
  colour(row: number, column: number): Rgb;
  text(row: number, column: number): string; // lines, written into the cells where they are large enough
  describe(cell: Cell): string; // for a screen reader
  decorate?(pen: Pen): void; // on top of the colours, under the marks
}

export interface Actions {
  point(cell: Cell, by: "pointer" | "keys"): void;
  leave?(): void;
  pin(cell: Cell, by: "touch" | "pointer" | "keys"): void;
  release?(): boolean; // whether anything was pinned
  slide?(corner: Cell): void; // what lies under the handle was taken and brought here: its first cell, not rounded
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
    for (const [width, style] of [
      [4, "#000c"],
      [2, colour],
    ] as const) {
      this.context.lineWidth = width;
      this.context.strokeStyle = style;
      this.context.strokeRect(...box);
    }
  }

  /** A thin line around cells. */
  outline(row: number, column: number, rows: number, columns: number, colour: string): void {
    this.context.lineWidth = 1;
    this.context.strokeStyle = colour;
    this.context.strokeRect(
      column * this.size + 0.5,
      row * this.size + 0.5,
      columns * this.size - 1,
      rows * this.size - 1,
    );
  }

  fill(row: number, column: number, rows: number, columns: number, colour: string): void {
    this.context.fillStyle = colour;
    this.context.fillRect(column * this.size, row * this.size, columns * this.size, rows * this.size);
  }

  /** Writes `text` again over what covers a cell, with a dark rim; nothing where the cell is too small for text. */
  label(row: number, column: number, text: string): void {
    if (this.size < LARGE) return;
    const { context } = this;
    const place = [(column + 0.5) * this.size, (row + 0.5) * this.size, this.size - 2] as const;
    context.font = `bold ${this.size / 2.6}px system-ui, sans-serif`;
    [context.lineWidth, context.lineJoin, context.strokeStyle, context.fillStyle] = [5, "round", "#000", "#fff"];
    context.strokeText(text, ...place);
    context.fillText(text, ...place);
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

export class Grid {
  readonly el: HTMLElement;
  cursor: Cell = { row: 0, column: 0 }; // where the arrow keys go on from
  paint: ((cell: Cell, starts: boolean) => void) | null = null; // set: the pointer and Space draw instead of pointing
  private cells: Cells | null = null;
  private size = 8; // of a cell, in CSS pixels
  private corner: Cell = { row: 0, column: 0 }; // of the handle
  private slid = false; // by the pointer that is down: its click is none
  private by: "touch" | "pointer" = "pointer"; // that is down; Safari's click does not say
  private readonly name: string;
  private readonly actions: Actions;
  private readonly base = element("canvas", { "aria-hidden": "true" });
  private readonly marks = element("canvas", { className: "marks", "aria-hidden": "true" });
  // A thing of its own, because a finger that starts on it slides it, and one that starts beside it scrolls the page.
  private readonly handle = element("div", { className: "handle", title: "Drag me", hidden: true });
  private readonly row = element("div", { role: "row", className: "unseen" });
  private readonly gridCell = element("div", { role: "gridcell", id: freshId() });

  constructor(name: string, actions: Actions) {
    this.name = name;
    this.actions = actions;
    this.row.append(this.gridCell);
    this.el = element(
      "div",
      { className: "map", role: "grid", tabIndex: 0 },
      this.base,
      this.marks,
      this.handle,
      this.row,
    );
    this.el.setAttribute("aria-activedescendant", this.gridCell.id);
    this.el.addEventListener("keydown", (event) => this.onKey(event));
    this.el.addEventListener(
      "focus",
      () => this.el.matches(":focus-visible") && this.actions.point(this.cursor, "keys"),
    );
    this.el.addEventListener("blur", () => this.actions.leave?.());
    this.el.addEventListener("pointermove", (event) => this.onMove(event));
    this.el.addEventListener("pointerdown", (event) => this.onDown(event));
    this.el.addEventListener("pointerleave", () => this.actions.leave?.());
    this.el.addEventListener("click", (event) => {
      const cell = this.cellAt(event);
      if (!cell || this.paint || this.slid) return;
      this.goTo(cell);
      this.actions.pin(cell, this.by);
    });
  }

  /** Shows `cells`, each of `size` CSS pixels. */
  show(cells: Cells, size: number): void {
    this.cells = cells;
    this.size = size;
    const { rows, columns } = cells;
    this.cursor = { row: Math.min(this.cursor.row, rows - 1), column: Math.min(this.cursor.column, columns - 1) };
    this.el.setAttribute("aria-label", `${this.name}, ${rows} rows, ${columns} columns`);
    this.el.setAttribute("aria-rowcount", String(rows));
    this.el.setAttribute("aria-colcount", String(columns));
    this.el.classList.toggle("painting", this.paint !== null);
    const [context] = [this.base, this.marks].map((canvas) => resize(canvas, columns * size, rows * size));
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        context.fillStyle = css(cells.colour(row, column));
        context.fillRect(column * size, row * size, size, size);
      }
    }
    if (size >= LARGE) this.write(context, cells);
    cells.decorate?.(new Pen(context, size));
    this.describe();
  }

  /** Replaces the marks on top of the cells. */
  mark(draw: (pen: Pen) => void): void {
    const context = this.marks.getContext("2d")!;
    context.clearRect(0, 0, this.marks.width, this.marks.height);
    draw(new Pen(context, this.size));
  }

  /** Draws the cells once more, each of `size` CSS pixels, and other marks on top of them. */
  copy(canvas: HTMLCanvasElement, size: number, draw: (pen: Pen) => void): void {
    const [width, height] = [this.cells!.columns * size, this.cells!.rows * size];
    const context = resize(canvas, width, height);
    context.drawImage(this.base, 0, 0, width, height);
    draw(new Pen(context, size));
  }

  /** Lays the handle, which can be taken and slid, over cells; over none where there is no `corner`. */
  hold(corner: Cell | null, rows: number, columns: number): void {
    this.handle.hidden = corner === null || this.paint !== null;
    if (corner === null) return;
    this.corner = corner;
    const box = { left: corner.column, top: corner.row, width: columns, height: rows };
    for (const [side, cells] of Object.entries(box)) this.handle.style.setProperty(side, `${cells * this.size}px`);
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
    this.gridCell.textContent = this.cells!.describe(this.cursor);
  }

  private write(context: CanvasRenderingContext2D, { rows, columns, colour, text }: Cells): void {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const lines = text(row, column).split("\n");
        const height = (0.94 * this.size) / lines.length;
        context.font = `${Math.min(24, this.size / 2.6, height)}px system-ui, sans-serif`;
        lines.forEach((line, i) => {
          const [x, y] = [(column + 0.5) * this.size, (row + 0.5) * this.size + (i + 0.5 - lines.length / 2) * height];
          write(context, line, colour(row, column), x, y, this.size - 2);
        });
      }
    }
  }

  /** Where the pointer is, in cells. */
  private place(event: MouseEvent): Cell {
    const box = this.marks.getBoundingClientRect();
    return { row: (event.clientY - box.top) / this.size, column: (event.clientX - box.left) / this.size };
  }

  private cellAt(event: MouseEvent): Cell | null {
    if (!this.cells) return null;
    const { row, column } = this.place(event);
    const inside = row >= 0 && column >= 0 && row < this.cells.rows && column < this.cells.columns;
    return inside ? { row: Math.floor(row), column: Math.floor(column) } : null;
  }

  private onMove(event: PointerEvent): void {
    const cell = this.cellAt(event);
    if (!cell) return;
    if (this.paint) {
      if (this.marks.hasPointerCapture(event.pointerId)) this.paint(cell, false); // else it went down elsewhere
    } else if (event.pointerType === "mouse" && !event.buttons) this.actions.point(cell, "pointer");
  }

  private onDown(event: PointerEvent): void {
    if (event.button) return;
    this.slid = false;
    this.by = event.pointerType === "touch" ? "touch" : "pointer";
    const cell = this.cellAt(event);
    if (event.target === this.handle) this.drag(event);
    else if (cell && this.paint) {
      this.marks.setPointerCapture(event.pointerId);
      this.paint(cell, true);
    }
  }

  /** The handle goes with the pointer, once that has left the place where it went down. */
  private drag(down: PointerEvent): void {
    const [start, corner] = [this.place(down), this.corner];
    const move = (event: PointerEvent) => {
      this.slid ||= Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > 4;
      const { row, column } = this.place(event);
      if (this.slid)
        this.actions.slide?.({ row: corner.row + row - start.row, column: corner.column + column - start.column });
    };
    const up = () => {
      this.handle.removeEventListener("pointermove", move);
      this.handle.removeEventListener("lostpointercapture", up);
    };
    this.handle.setPointerCapture(down.pointerId);
    this.handle.addEventListener("pointermove", move);
    this.handle.addEventListener("lostpointercapture", up);
  }

  private onKey(event: KeyboardEvent): void {
    if (!this.cells || event.altKey || event.metaKey) return;
    const { rows, columns } = this.cells;
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
      else this.actions.pin(this.cursor, "keys");
    } else {
      // It may close a message, too, but what releases a pin does not leave what is shown large.
      if (event.key === "Escape" && this.actions.release?.()) event.preventDefault();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
