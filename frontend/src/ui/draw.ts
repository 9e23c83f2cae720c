// Drawing on a picture, pixel by pixel.
import { button, element } from "./dom.ts";
import type { Cell } from "./grid.ts";
import type { Image } from "./image.ts";

const INKS = { White: 255, Black: 0 };

export class DrawTools {
  readonly el: HTMLElement;
  on = false;
  private ink = INKS.White;
  private last: Cell = { row: 0, column: 0 };
  private readonly turn: (on: boolean) => void;

  /** `toggle` is told when drawing starts and ends; `clear` when the reader wants an empty page. */
  constructor(toggle: () => void, clear: () => void) {
    const inks = Object.entries(INKS).map(([name, value]) => {
      const choose = () => {
        this.ink = value;
        inks.forEach((other) => other.setAttribute("aria-pressed", String(other.textContent === name)));
      };
      return button(name, choose, { "aria-pressed": value === this.ink });
    });
    const extra = element("span", { className: "extra", hidden: true }, ...inks, button("Clear", clear));
    const draw = button("Draw", () => this.turn(!this.on), { "aria-pressed": "false" });
    this.turn = (on) => {
      this.on = on;
      extra.hidden = !on;
      draw.setAttribute("aria-pressed", String(on));
      toggle();
    };
    this.el = element("div", { className: "tools" }, draw, extra);
  }

  /** Draws no longer. */
  stop(): void {
    this.turn(false);
  }

  /** A copy of `image` with a line to `cell`, from where the last one ended unless a new one `starts`. */
  stroke(image: Image, cell: Cell, starts: boolean): Image {
    const from = starts ? cell : this.last;
    this.last = cell;
    const rgb = image.rgb.slice();
    const steps = Math.max(Math.abs(cell.row - from.row), Math.abs(cell.column - from.column), 1);
    for (let step = 0; step <= steps; step++) {
      const row = Math.round(from.row + ((cell.row - from.row) * step) / steps);
      const column = Math.round(from.column + ((cell.column - from.column) * step) / steps);
      this.dot(rgb, image, row, column);
    }
    return { ...image, rgb };
  }

  /** A pixel of ink; on a fine picture its neighbours take half of it, as under a soft pen. */
  private dot(rgb: Uint8Array, { width, height }: Image, row: number, column: number): void {
    const blend = (y: number, x: number, share: number) => {
      if (y < 0 || x < 0 || y >= height || x >= width) return;
      const at = (y * width + x) * 3;
      for (let i = at; i < at + 3; i++) rgb[i] += Math.round((this.ink - rgb[i]) * share);
    };
    blend(row, column, 1);
    if (Math.max(width, height) < 24) return;
    for (const step of [-1, 1]) {
      blend(row + step, column, 0.5);
      blend(row, column + step, 0.5);
    }
  }
}
