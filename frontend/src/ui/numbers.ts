// Rows of numbers in coloured cells: on a canvas, because hundreds of them may change with every move of the pointer.
import { resize, write } from "./canvas.ts";
import { css, type Rgb } from "./colour.ts";
import { element } from "./dom.ts";

const GAP = 1; // pixels between cells

export class Numbers {
  readonly el = element("canvas", { className: "numbers" });
  private readonly context: CanvasRenderingContext2D;
  private readonly columns: number;
  private readonly width: number;
  private readonly height: number;
  private readonly drawn: string[] = []; // what each cell shows

  /** Cells of `width` by `height` pixels, with letters of `letter` pixels. */
  constructor(rows: number, columns: number, width: number, height: number, letter: number) {
    [this.columns, this.width, this.height] = [columns, width, height];
    this.context = resize(this.el, columns * (width + GAP) - GAP, rows * (height + GAP) - GAP);
    this.context.font = `${letter}px system-ui, sans-serif`;
    this.context.lineWidth = 1;
    this.context.setLineDash([3, 2]);
  }

  /** Shows `text` in a cell, with a dashed line around it where it is `padding`. */
  set(index: number, text: string, background: Rgb, padding = false): void {
    const colour = css(background);
    const look = `${text} ${colour} ${padding}`;
    if (this.drawn[index] === look) return;
    this.drawn[index] = look;
    const { context, width, height } = this;
    const x = (index % this.columns) * (width + GAP);
    const y = Math.floor(index / this.columns) * (height + GAP);
    context.fillStyle = colour;
    context.fillRect(x, y, width, height);
    write(context, text, background, x + width / 2, y + height / 2, width - 2);
    if (!padding) return;
    context.strokeStyle = "#8b949e";
    context.strokeRect(x + 1.5, y + 1.5, width - 3, height - 3);
  }
}
