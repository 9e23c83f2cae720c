// One output cell written out: patch × kernel = products, channel by channel, and their sum.
import { inside, under } from "../parts/slide.ts";
import type { Kernel } from "../parts/rules.ts";
import { CHANNELS, type SlidingMaps } from "../parts/sliding-maps.ts";
import { WrittenOut } from "../parts/written-out.ts";
import { diverging, shade } from "../ui/colour.ts";
import { element } from "../ui/dom.ts";
import { number, parse, rounded, short, shortWeight, weight } from "../ui/format.ts";
import { Numbers } from "../ui/numbers.ts";

export class Explanation extends WrittenOut {
  private parts: { grids: Numbers[]; total: HTMLElement }[] = [];

  /** Writes out the output at the cell in hand of `maps`. */
  show(kernel: Kernel, bias: number, maps: SlidingMaps): void {
    const { slide, channels } = maps.layer;
    this.prepare(kernel.length, kernel[0].length, channels);
    const largest = 255 * Math.max(...kernel.flat(2).map(Math.abs)) || 1;
    const sums: number[] = [];
    const lines = this.parts.map(({ grids: [patch, weights, products], total }, channel) => {
      const terms: string[] = [];
      let sum = 0;
      let written = 0; // the sum of what the reader sees, which may be rounded
      let size = 0; // of all terms: their sum is as exact as that
      kernel.forEach((row, i) =>
        row.forEach((cells, j) => {
          const place = under(slide, maps.at, i, j);
          const [pixel, by, index] = [maps.pixel(place, channel), cells[channel], i * row.length + j];
          patch.set(index, number(pixel), shade(pixel, channel, channels), inside(slide, place) ? "" : "padding");
          weights.set(index, shortWeight(by), diverging((255 * by) / largest));
          products.set(index, short(pixel * by), diverging((pixel * by) / largest));
          const factor = weight(by);
          terms.push(`${number(pixel)} × ${factor}`);
          written += pixel * parse(factor);
          size += Math.abs(pixel * by);
          sum += pixel * by;
        }),
      );
      total.textContent = `sum ${number(sum)}`;
      sums.push(sum);
      return { text: terms.join(" + "), written, size };
    });
    const result = (total: number, written: number, size: number) =>
      `${Math.abs(rounded(total) - written) <= 1e-13 * size ? "=" : "≈"} ${number(total)}`;
    const size = lines.reduce((all, line) => all + line.size, Math.abs(bias));
    const added = bias ? `+ bias ${number(bias)} ` : "";
    const end = (written: number) => added + result(maps.value, written + rounded(bias), size);
    this.say(
      channels === 1
        ? `${lines[0].text} ${end(lines[0].written)}`
        : [
            `${sums.map((sum) => number(sum)).join(" + ")} ${end(sums.reduce((a, sum) => a + rounded(sum), 0))}`,
            ...lines.map(
              ({ text, written, size }, channel) =>
                `${CHANNELS[channel]}: ${text} ${result(sums[channel], written, size)}`,
            ),
          ].join("\n"),
    );
  }

  private prepare(rows: number, columns: number, channels: number): void {
    const sign = (text: string) => element("span", { className: "sign" }, text);
    this.build([rows, columns, channels], 3 * columns, (size) => {
      this.parts = Array.from({ length: channels }, () => ({
        grids: [0, 1, 2].map(() => new Numbers(rows, columns, size)),
        total: element("span", { className: "total" }),
      }));
      return this.parts.map(({ grids: [patch, weights, products], total }, channel) =>
        element(
          "div",
          { className: "equation" },
          ...(channels > 1 ? [element("span", { className: "channel" }, CHANNELS[channel])] : []),
          patch.el,
          element("span", { className: "pair" }, sign("×"), weights.el),
          element("span", { className: "pair" }, sign("="), products.el),
          total,
        ),
      );
    });
  }
}
