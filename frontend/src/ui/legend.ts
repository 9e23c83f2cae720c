// The colours of a map with their numbers: smallest, 0, largest.
import { css, diverging } from "./colour.ts";
import { element } from "./dom.ts";
import { number } from "./format.ts";

export class Legend {
  private readonly bar = element("div", { className: "bar" });
  private readonly numbers = element("div", { className: "numbers" });
  readonly el = element("div", { className: "legend" }, this.bar, this.numbers);

  /** Colours are shares of `scale`; the bar reaches from `smallest` to `largest`, and to 0 where that lies outside. */
  show(smallest: number, largest: number, scale: number): void {
    const [low, high] = [Math.min(smallest, 0), Math.max(largest, 0)];
    const steps = Array.from({ length: 17 }, (_, step) => low + ((high - low) * step) / 16);
    const stops = steps.map((value) => css(diverging(scale && value / scale)));
    this.bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    const zero = high > low ? -low / (high - low) : 0;
    const place = (value: number, share: number) => {
      const label = element("span", {}, number(value, 4));
      label.style.left = `${100 * share}%`;
      label.style.transform = `translateX(${-100 * share}%)`;
      return label;
    };
    const ends = [...(low < 0 ? [place(low, 0)] : []), ...(high > 0 ? [place(high, 1)] : [])];
    // A 0 too near an end would lie on that end's number.
    const clear = (low === 0 || zero > 0.2) && (high === 0 || zero < 0.8);
    this.numbers.replaceChildren(...ends, ...(clear ? [place(0, zero)] : []));
    this.el.title = `Smallest ${number(smallest)}, largest ${number(largest)}`;
  }
}
