// A curve of positive numbers that fall far, on a logarithmic scale, up to one of them.
import { element } from "./dom.ts";

// Read by the browser as HTML is: there the elements need no address of their standard.
const DRAWING = '<svg viewBox="0 0 100 100" preserveAspectRatio="none"><path /><polyline /></svg>';

const SMALLEST = 1e-6; // what is smaller is 0 to the eye, and more lines would stand too close

export class Curve {
  readonly el = element("div", { className: "curve", "aria-hidden": "true", innerHTML: DRAWING });
  private readonly line = this.el.querySelector("polyline")!;
  private readonly tens = this.el.querySelector("path")!; // a line a tenth

  /** The values up to number `at`, where there may be `last` + 1 of them; the scale is that of all. */
  show(values: number[], at: number, last: number): void {
    const heights = values.map((value) => Math.log10(Math.max(value, SMALLEST)));
    const [top, bottom] = [Math.max(...heights), Math.min(...heights)];
    const x = (index: number) => (100 * index) / last;
    const y = (height: number) => 95 - (90 * (height - bottom)) / (top - bottom || 1);
    const points = heights.slice(0, at + 1).map((height, index) => `${x(index)},${y(height)}`);
    this.line.setAttribute("points", [points[0], ...points].join(" ")); // one alone is a dot
    const tens = Array.from({ length: Math.floor(top) - Math.ceil(bottom) + 1 }, (_, i) => y(Math.ceil(bottom) + i));
    this.tens.setAttribute("d", tens.map((height) => `M0 ${height}H100`).join(""));
  }
}
