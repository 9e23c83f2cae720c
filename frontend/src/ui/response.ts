// The curve of a function over the range of a map, one scale for both axes, and below it how often each number occurs.
import { element } from "./dom.ts";

// Read by the browser as HTML is: there the elements need no address of their standard.
const DRAWING =
  '<svg viewBox="0 0 100 150" preserveAspectRatio="none"><path /><path class="bars" /><polyline /><polyline /></svg>';
const [STEPS, BARS, TALLEST] = [200, 40, 45];

export class Response {
  readonly el = element("div", { className: "curve", "aria-hidden": "true", innerHTML: DRAWING });
  private readonly parts = this.el.firstChild!.childNodes as NodeListOf<Element>; // axes, bars, curve, way
  private way = (_value: number): string => "";

  /** `values` lie from `low`, 0 at most, to `high`, 0 at least. */
  show(f: (x: number) => number, values: Float64Array, low: number, high: number): void {
    const [axes, bars, curve] = this.parts;
    const range = high - low || 1;
    const x = (value: number) => (100 * (value - low)) / range;
    const place = (value: number) => `${x(value)},${100 - x(f(value))} `;
    this.way = (value) => `${x(value)},150 ${place(value)}0,${100 - x(f(value))}`;
    axes.setAttribute("d", `M0 ${100 - x(0)}H100M${x(0)} 0V150`);
    const points = Array.from({ length: STEPS + 1 }, (_, step) => place(low + (range * step) / STEPS));
    curve.setAttribute("points", points.join(""));
    const counts: Record<number, number> = {}; // a bar begins at 0
    for (const value of values) {
      const bar = Math.floor((BARS * value) / range);
      counts[bar] = (counts[bar] ?? 0) + 1;
    }
    const unit = TALLEST / Math.max(...Object.values(counts));
    const drawn = Object.entries(counts).map(
      ([bar, count]) => `M${x((+bar * range) / BARS)} 150v${-unit * count}h${100 / BARS}V150`,
    );
    bars.setAttribute("d", drawn.join(""));
  }

  /** Shows the way of `value`: up to the curve, and across to what comes out. */
  mark(value: number): void {
    this.parts[3].setAttribute("points", this.way(value));
  }
}
