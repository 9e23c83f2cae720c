// What a network answers: a line a class, with its probability as a bar.
import { element } from "./dom.ts";
import { number } from "./format.ts";

export class Answers {
  readonly el = element("table", { className: "answers" });
  best = -1; // the class that is the most probable
  private readonly heads = ["class", "probability", "logit"].map((text, i) =>
    element("th", { scope: "col", colSpan: i === 1 ? 2 : 1 }, text),
  );
  private readonly lines: { row: HTMLElement; bar: HTMLElement; share: HTMLElement; logit: HTMLElement }[];

  constructor(names: string[]) {
    this.lines = names.map((name) => {
      const [bar, share, logit] = [
        element("div", { className: "share" }),
        element("td", { className: "number" }),
        element("td", { className: "number" }),
      ];
      const row = element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, bar), share, logit);
      return { row, bar, share, logit };
    });
    this.el.append(
      element("thead", {}, element("tr", {}, ...this.heads)),
      element("tbody", {}, ...this.lines.map(({ row }) => row)),
    );
  }

  /** Shows probabilities, and the logits that they were made of where those are known; null: nothing yet. */
  show(probabilities: ArrayLike<number> | null, logits?: ArrayLike<number>): void {
    this.best = probabilities ? Array.from(probabilities).indexOf(Math.max(...Array.from(probabilities))) : -1;
    this.lines.forEach(({ row, bar, share, logit }, i) => {
      row.classList.toggle("most", i === this.best);
      bar.style.width = `${100 * (probabilities?.[i] ?? 0)}%`;
      share.textContent = probabilities ? `${(100 * probabilities[i]).toFixed(1)}%` : "";
      logit.textContent = logits ? number(logits[i], 3) : "";
      logit.hidden = this.heads[2].hidden = !logits;
    });
  }
}
