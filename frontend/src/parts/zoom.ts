// A picture, and a window on it that shows its pixels enlarged: pointing at either, pinning, sliding the window.
import { PATCH, type Rgb } from "../ui/colour.ts";
import { element } from "../ui/dom.ts";
import { Grid, sameCell, type Cell } from "../ui/grid.ts";
import type { Image } from "../ui/image.ts";
import { fitting } from "./fitting.ts";
import { UNPINNED } from "./sliding-maps.ts";
import { HOW_TO_DRAW, type Source } from "./source.ts";

export const WINDOW = 8; // pixels on a side
const NOWHERE: Cell = { row: -1, column: -1 };

/** How a pixel looks and what is said of it. */
export interface Pixels {
  colour(cell: Cell): Rgb;
  text(cell: Cell): string; // written on it where there is room
  describe(cell: Cell): string;
}

export interface Actions {
  pin(cell: Cell | null): void;
  remark(): void;
  say(message: string): void;
}

export class Zoom {
  at = NOWHERE; // the pixel in hand; nowhere: the middle one
  corner = NOWHERE; // of the window
  pinned: Cell | null = null;
  readonly el: HTMLElement;
  readonly titles = [0, 1].map(() => element("p", { className: "title" }));
  private image!: Image;
  private pixels!: Pixels;
  private readonly notes = [0, 1].map(() => element("p", { className: "note" }));
  private readonly grids: Grid[];
  private readonly sections: HTMLElement[];
  private readonly source: Source;
  private readonly actions: Actions;

  constructor(source: Source, actions: Actions) {
    [this.source, this.actions] = [source, actions];
    this.grids = [this.grid("Picture", false), this.grid("Window", true)];
    this.sections = this.grids.map(({ el }, i) => element("section", {}, this.titles[i], el, this.notes[i]));
    this.el = element("div", { className: "figures two" }, ...this.sections);
  }

  /** Draws the picture; `cell` is the pinned one, if it has such a cell: a link may ask for any. */
  show(image: Image, cell: readonly [number, number] | null, pixels: Pixels): void {
    const { height, width } = image;
    const [row, column] = cell ?? [height, width];
    const pinned = row < height && column < width ? { row, column } : null;
    const other = height !== this.image?.height || width !== this.image.width || !sameCell(pinned, this.pinned);
    [this.image, this.pixels, this.pinned] = [image, pixels, pinned];
    if (other || this.at === NOWHERE) {
      this.at = pinned ?? { row: height >> 1, column: width >> 1 };
      this.corner = this.around(this.at);
    }
    this.grids[0].paint = this.source.drawing ? (pixel, starts) => this.source.paint(pixel, starts) : null;
    this.draw(0, height, width, { row: 0, column: 0 });
  }

  /** Draws the window, and where it is. */
  mark(): void {
    const { corner, at, image, pinned } = this;
    const [rows, columns] = [Math.min(WINDOW, image.height), Math.min(WINDOW, image.width)];
    const [last, lastColumn] = [corner.row + rows - 1, corner.column + columns - 1];
    this.titles[1].textContent = `Rows ${corner.row} to ${last}, columns ${corner.column} to ${lastColumn}`;
    this.notes[0].textContent = this.source.drawing
      ? HOW_TO_DRAW
      : pinned
        ? "Pinned: press the pixel again to unpin it. The yellow frame can be dragged."
        : "Point at the picture, and the window goes along. Press to pin it, or drag the yellow frame.";
    this.notes[1].textContent = pinned ? "" : "Point at a pixel to read it; press to pin it.";
    this.draw(1, rows, columns, corner);
    const [picture, window] = this.grids;
    picture.hold(corner, rows, columns);
    picture.goTo(at);
    picture.mark((pen) => {
      pen.frame(corner.row, corner.column, rows, columns, PATCH);
      pen.frame(at.row, at.column, 1, 1, "#fff");
    });
    const inside = moved(at, corner, -1);
    window.goTo(inside);
    window.mark((pen) => pen.frame(inside.row, inside.column, 1, 1, PATCH));
  }

  /** Forgets which pixel is in hand. */
  reset(): void {
    this.at = NOWHERE;
  }

  /** A map of pixels. In the picture the window goes along with the pixel in hand; in the window itself it stays. */
  private grid(name: string, window: boolean): Grid {
    const pixel = (cell: Cell) => (window ? moved(cell, this.corner) : cell);
    const go = (cell: Cell, pin: boolean) => this.goTo(cell, window ? this.corner : this.around(cell), pin);
    return new Grid(name, {
      point: (cell, by) => {
        if (by === "pointer" && this.pinned) return;
        go(pixel(cell), this.pinned !== null);
        if (by === "keys") this.actions.say(this.pixels.describe(this.at));
      },
      pin: (cell) => {
        if (sameCell(pixel(cell), this.pinned)) return void this.release();
        go(pixel(cell), true);
        this.actions.say(`Pinned. ${this.pixels.describe(this.at)}`);
      },
      release: () => this.release(),
      slide: (to) => {
        const corner = this.within(Math.round(to.row), Math.round(to.column));
        this.goTo(moved(moved(this.at, this.corner, -1), corner), corner, this.pinned !== null);
      },
    });
  }

  private draw(which: 0 | 1, rows: number, columns: number, corner: Cell): void {
    const { pixels } = this;
    const at = (row: number, column: number) => moved({ row, column }, corner);
    this.grids[which].show(
      {
        rows,
        columns,
        colour: (row, column) => pixels.colour(at(row, column)),
        text: (row, column) => pixels.text(at(row, column)),
        describe: (cell) => pixels.describe(moved(cell, corner)),
        decorate: (pen) => {
          for (let i = 0; which === 1 && i < rows * columns; i++)
            pen.outline(Math.floor(i / columns), i % columns, 1, 1, "#8888");
        },
      },
      fitting(this.sections, rows, columns),
    );
  }

  private goTo(cell: Cell, corner: Cell, pin: boolean): void {
    [this.at, this.corner] = [cell, corner];
    if (pin && !sameCell(cell, this.pinned)) this.actions.pin((this.pinned = cell));
    this.actions.remark();
  }

  private release(): boolean {
    if (!this.pinned) return false;
    this.actions.pin((this.pinned = null)); // what was pinned stays in hand
    this.actions.say(UNPINNED);
    return true;
  }

  /** The corner of the window with `cell` in its middle. */
  private around({ row, column }: Cell): Cell {
    return this.within(row - WINDOW / 2, column - WINDOW / 2);
  }

  /** The corner nearest to this place for which the window lies inside the picture. */
  private within(row: number, column: number): Cell {
    const along = (start: number, length: number) => Math.max(0, Math.min(start, length - WINDOW));
    return { row: along(row, this.image.height), column: along(column, this.image.width) };
  }
}

const moved = (cell: Cell, by: Cell, times = 1): Cell => ({
  row: cell.row + times * by.row,
  column: cell.column + times * by.column,
});
