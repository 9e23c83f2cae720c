// A curve of positive numbers that fall far, on a logarithmic scale, with a mark at one of them.
const SVG = "http://www.w3.org/2000/svg";

export class Curve {
  readonly el = document.createElementNS(SVG, "svg");
  private readonly line = document.createElementNS(SVG, "polyline");
  private readonly mark = document.createElementNS(SVG, "line");

  constructor() {
    this.el.setAttribute("class", "curve");
    this.el.setAttribute("viewBox", "0 0 100 100");
    this.el.setAttribute("preserveAspectRatio", "none");
    this.el.setAttribute("aria-hidden", "true");
    this.el.append(this.line, this.mark);
  }

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
