// Curves over the epochs of a training, up to one of them, with the numbers of both axes. What they say stands in words
// beside it.
import { element } from "./dom.ts";

// Read by the browser as HTML is: there the elements need no address of their standard.
const DRAWING =
  '<svg viewBox="0 0 100 100" preserveAspectRatio="none"><path /><polyline class="dashed" /><polyline /></svg>';

export class Chart {
  readonly el: HTMLElement;
  private readonly top = element("span");
  private readonly last = element("span");
  private readonly drawing = element("div", { className: "curve", innerHTML: DRAWING });

  constructor(title: string) {
    const ends = element("div", { className: "ends" }, this.top, element("span", {}, "0"));
    const epochs = element("div", { className: "epochs" }, element("span", {}, "0"), "epoch", this.last);
    const chart = element("div", { className: "chart", "aria-hidden": "true" }, ends, this.drawing, epochs);
    this.el = element("section", {}, element("p", { className: "title" }, title), chart);
  }

  /** Shows both curves up to number `at`, from 0 to `most`, which is written as `top`; NaN where there is nothing. */
  show(dashed: number[], solid: number[], at: number, most: number, top: string): void {
    const last = solid.length - 1;
    [this.top.textContent, this.last.textContent] = [top, String(last)];
    const [now, ...lines] = this.drawing.querySelectorAll("path, polyline");
    now.setAttribute("d", `M0 0H100M0 100H100M${(100 * at) / last} 0V100`);
    [dashed, solid].forEach((values, i) => {
      const points = values
        .slice(0, at + 1)
        .map((value, epoch) => [(100 * epoch) / last, 100 - (100 * value) / most])
        .filter(([, y]) => !isNaN(y));
      lines[i].setAttribute("points", [points[0] ?? [], ...points].join(" ")); // one alone is a dot
    });
  }
}
