// One output cell written out: patch × kernel = products, channel by channel, and their sum.
import { diverging, type Rgb } from "../ui/colour.ts";
import { element } from "../ui/dom.ts";
import { number, parse, short, shortWeight, weight } from "../ui/format.ts";
import type { Cell } from "../ui/heatmap.ts";
import { Numbers } from "../ui/numbers.ts";
import { CHANNELS, inputAt, inside, outputAt, under, type Layer } from "./convolution-state.ts";

/** A pixel as the eye sees it: grey, or as bright as its colour. */
const shade = (value: number, channel: number, channels: number): Rgb =>
  channels === 1 ? [value, value, value] : [channel === 0 ? value : 0, channel === 1 ? value : 0, channel === 2 ? value : 0];

export class Explanation {
  readonly title = element("h4");
  private readonly grids = element("div", { className: "products", "aria-hidden": "true" });
  private readonly text = element("p", { className: "sum", tabIndex: 0, role: "group", "aria-label": "The sum written out" });
  readonly el = element("div", { className: "explanation" }, this.grids, this.text);
  private parts: { grids: Numbers[]; total: HTMLElement }[] = [];
  private shape = "";
  private width = 0; // of the place for the grids, in pixels

  /** Reads how much place there is: the next `show` makes the grids as wide. */
  fit(): void {
    this.width = this.el.clientWidth;
  }

  /** Writes out the output of `layer` at `cell`. */
  show(layer: Layer, cell: Cell): void {
    const { kernel, bias, cell: pinned } = layer.settings;
    this.build(kernel.length, kernel[0].length, layer.channels);
    const value = outputAt(layer, cell);
    const largest = 255 * Math.max(...kernel.flat(2).map(Math.abs)) || 1;
    const sums: number[] = [];
    const lines = this.parts.map(({ grids: [patch, weights, products], total }, channel) => {
      const terms: string[] = [];
      let sum = 0;
      let written = 0; // the sum of what the reader sees, which may be rounded
      kernel.forEach((row, i) =>
        row.forEach((cells, j) => {
          const place = under(layer, cell, i, j);
          const [pixel, by, index] = [inputAt(layer, place, channel), cells[channel], i * row.length + j];
          patch.set(index, number(pixel), shade(pixel, channel, layer.channels), !inside(layer, place));
          weights.set(index, shortWeight(by), diverging((255 * by) / largest));
          products.set(index, short(pixel * by), diverging((pixel * by) / largest));
          const factor = weight(by);
          terms.push(`${number(pixel)} × ${factor}`);
          written += pixel * parse(factor);
          sum += pixel * by;
        }),
      );
      total.textContent = `sum ${number(sum)}`;
      sums.push(sum);
      return { text: terms.join(" + "), written };
    });
    const result = (total: number, written: number) => `${Math.abs(parse(number(total)) - written) < 1e-9 * Math.max(1, Math.abs(total)) ? "=" : "≈"} ${number(total)}`;
    const end = (written: number) => `+ bias ${number(bias)} ${result(value, written + parse(number(bias)))}`;
    this.text.textContent =
      layer.channels === 1
        ? `${lines[0].text} ${end(lines[0].written)}`
        : [
            `${sums.map((sum) => number(sum)).join(" + ")} ${end(sums.reduce((total, sum) => total + parse(number(sum)), 0))}`,
            ...lines.map(({ text, written }, channel) => `${CHANNELS[channel]}: ${text} ${result(sums[channel], written)}`),
          ].join("\n");
    this.title.textContent = `Output at row ${cell.row}, column ${cell.column}: ${number(value)}${pinned ? " (pinned)" : ""}`;
  }

  private build(rows: number, columns: number, channels: number): void {
    const shape = [rows, columns, channels, this.width].join();
    if (shape === this.shape) return;
    this.shape = shape;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const third = (this.width - 10.5 * rem) / 3; // without the signs and the sum; where it is too narrow the grids wrap
    const width = Math.floor(Math.min(2.7 * rem, Math.max(2 * rem, third / columns)));
    const sign = (text: string) => element("span", { className: "sign" }, text);
    this.parts = Array.from({ length: channels }, () => ({
      grids: [0, 1, 2].map(() => new Numbers(rows, columns, width, 1.7 * rem, 0.68 * rem)),
      total: element("span", { className: "total" }),
    }));
    this.grids.replaceChildren(
      ...this.parts.map(({ grids: [patch, weights, products], total }, channel) =>
        element("div", { className: "equation" },
          ...(channels > 1 ? [element("span", { className: "channel" }, CHANNELS[channel])] : []),
          patch.el, element("span", { className: "pair" }, sign("×"), weights.el), element("span", { className: "pair" }, sign("="), products.el),
          total,
        ),
      ),
    );
  }
}
