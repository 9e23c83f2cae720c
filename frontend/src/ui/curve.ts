// A curve of positive numbers that fall far, on a logarithmic scale, with a mark at one of them.
import { element } from "./dom.ts";

// Read by the browser as HTML is: there the elements need no address of their standard.
const DRAWING = '<svg viewBox="0 0 100 100" preserveAspectRatio="none"><polyline /><line /></svg>';

export class Curve {
  readonly el = element("div", { className: "curve", "aria-hidden": "true", innerHTML: DRAWING });
  private readonly line = this.el.querySelector("polyline")!;
  private readonly mark = this.el.querySelector("line")!;

  show(values: number[], at: number): void {
    const heights = values.map((value) => Math.log10(Math.max(value, Number.MIN_VALUE)));
    const [top, bottom] = [Math.max(...heights), Math.min(...heights)];
    const x = (index: number) => (100 * index) / Math.max(values.length - 1, 1);
    const y = (height: number) => 95 - (90 * (height - bottom)) / (top - bottom || 1);
    this.line.setAttribute("points", heights.map((height, index) => `${x(index)},${y(height)}`).join(" "));
    for (const [name, value] of [
      ["x1", x(at)],
      ["x2", x(at)],
      ["y1", 0],
      ["y2", 100],
    ] as const)
      this.mark.setAttribute(name, String(value));
  }
}
