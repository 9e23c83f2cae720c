// Where the cell in hand is written out: its numbers in grids, and the sum in words.
import { element } from "../ui/dom.ts";
import { cellSize, type CellSize } from "../ui/numbers.ts";

export class WrittenOut {
  private readonly grids = element("div", { className: "products", "aria-hidden": "true" });
  private readonly text = element("p", {
    className: "sum",
    tabIndex: 0,
    role: "group",
    "aria-label": "The result written out",
  });
  readonly el = element("div", { className: "explanation" }, this.grids, this.text);
  private shape = "";
  private width = 0; // of the place for the grids, in pixels

  /** Reads how much place there is: the grids that are built next are as wide. */
  fit(): void {
    this.width = this.el.clientWidth;
  }

  /** Builds the grids anew where `shape`, or their place, is another one; `columns` of numbers stand side by side. */
  build(shape: unknown[], columns: number, grids: (size: CellSize) => HTMLElement[]): void {
    const wanted = [...shape, this.width].join();
    if (wanted === this.shape) return;
    this.shape = wanted;
    this.grids.replaceChildren(...grids(cellSize(this.width, columns)));
  }

  say(text: string): void {
    this.text.textContent = text;
  }
}
