// Rows of numbers in coloured cells: on a canvas, because hundreds of them may change with every move of the pointer.
import { resize, write } from "./canvas.ts";
import { css, PATCH, type Rgb } from "./colour.ts";
import { element } from "./dom.ts";

const GAP = 1; // pixels between cells

export interface CellSize {
  width: number;
  height: number;
  letter: number;
}

/** The size of cells of which `columns`, in three grids with signs between them at most, stand in `width` pixels. */
export function cellSize(width: number, columns: number): CellSize {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const share = (width - 10.5 * rem) / columns; // without the signs and the sum; where it is too narrow the grids wrap
  return {
    width: Math.floor(Math.min(2.7 * rem, Math.max(2 * rem, share))),
    height: Math.round(1.7 * rem),
    letter: 0.68 * rem,
  };
}

export class Numbers {
  readonly el = element("canvas", { className: "numbers" });
  private readonly context: CanvasRenderingContext2D;
  private readonly columns: number;
  private readonly size: CellSize;
  private readonly drawn: string[] = []; // what each cell shows

  constructor(rows: number, columns: number, size: CellSize) {
    [this.columns, this.size] = [columns, size];
    this.context = resize(this.el, columns * (size.width + GAP) - GAP, rows * (size.height + GAP) - GAP);
    this.context.font = `${size.letter}px system-ui, sans-serif`;
  }

  /** Shows `text` in a cell: with a dashed line around it where it is padding, with a frame where it wins. */
  set(index: number, text: string, background: Rgb, look: "" | "padding" | "winner" = ""): void {
    const colour = css(background);
    const drawn = `${text} ${colour} ${look}`;
    if (this.drawn[index] === drawn) return;
    this.drawn[index] = drawn;
    const { context } = this;
    const { width, height } = this.size;
    const x = (index % this.columns) * (width + GAP);
    const y = Math.floor(index / this.columns) * (height + GAP);
    context.fillStyle = colour;
    context.fillRect(x, y, width, height);
    write(context, text, background, x + width / 2, y + height / 2, width - 2);
    if (!look) return;
    context.setLineDash(look === "padding" ? [3, 2] : []);
    context.lineWidth = look === "padding" ? 1 : 3;
    context.strokeStyle = look === "padding" ? "#8b949e" : PATCH;
    context.strokeRect(x + 1.5, y + 1.5, width - 3, height - 3);
  }
}
