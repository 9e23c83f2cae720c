// The colours of a map with their numbers: smallest, 0, largest.
import { css, diverging } from "./colour.ts";
import { element } from "./dom.ts";
import { breadth, number, short } from "./format.ts";

/** How to write a number, from the most exact way. */
const WAYS = [...[4, 3].map((digits) => (value: number) => number(value, digits)), short];

export class Legend {
  private readonly bar = element("div", { className: "scale" });
  private readonly numbers = element("div", { className: "numbers" });
  readonly el = element("div", { className: "legend" }, this.bar, this.numbers);

  /** Colours are shares of `scale`; the bar reaches from `smallest` to `largest`, and to 0 where that lies outside. */
  show(smallest: number, largest: number, scale: number): void {
    const [low, high] = [Math.min(smallest, 0), Math.max(largest, 0)];
    const steps = Array.from({ length: 17 }, (_, step) => low + ((high - low) * step) / 16);
    const stops = steps.map((value) => css(diverging(scale && value / scale)));
    this.bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    const zero = high > low ? -low / (high - low) : 0;
    // As exact as they have room for, with a gap between them, in sizes of their letters.
    const room = this.el.clientWidth / parseFloat(getComputedStyle(this.numbers).fontSize);
    const wide = (value: number, write: (value: number) => string) => (value ? breadth(write(value)) + 0.5 : 0);
    const write = WAYS.find((way) => wide(low, way) + wide(high, way) <= room) ?? short;
    const place = (value: number, share: number) => {
      const label = element("span", {}, write(value));
      label.style.left = `${100 * share}%`;
      label.style.transform = `translateX(${-100 * share}%)`;
      return label;
    };
    const ends = [...(low < 0 ? [place(low, 0)] : []), ...(high > 0 ? [place(high, 1)] : [])];
    // A 0 too near an end would lie on that end's number.
    const [left, right] = [zero * (room - breadth("0")), (1 - zero) * (room - breadth("0"))];
    const clear = left >= wide(low, write) && right >= wide(high, write);
    this.numbers.replaceChildren(...ends, ...(clear ? [place(0, zero)] : []));
    this.el.title = `Smallest ${number(smallest)}, largest ${number(largest)}`;
  }
}
