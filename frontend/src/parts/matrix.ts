// A confusion matrix in a lab, whose state pins a cell of it.
import { Confusion } from "../ui/confusion.ts";
import { sameCell, type Cell } from "../ui/grid.ts";

type Pin = readonly [row: number, column: number] | null;

interface Lab {
  readonly state: { cell: Pin };
  set(changes: { cell: Pin }): void;
  remark(): void;
}

export class Matrix extends Confusion {
  private pointed: Cell | null = null;
  private readonly lab: Lab;
  private readonly classes: number;

  constructor(lab: Lab, names: string[]) {
    const pin = (cell: Cell | null) => lab.set({ cell: cell && [cell.row, cell.column] });
    const point = (cell: Cell | null) => {
      this.pointed = cell;
      lab.remark();
    };
    super(names, {
      point,
      leave: () => point(null),
      pin: (cell) => pin(sameCell(cell, this.pinned) ? null : cell),
      release: () => {
        const held = this.pinned !== null;
        if (held) pin(null);
        return held;
      },
    });
    [this.lab, this.classes] = [lab, names.length];
  }

  get pinned(): Cell | null {
    const [row, column] = this.lab.state.cell ?? [Infinity, Infinity];
    return Math.max(row, column) < this.classes ? { row, column } : null; // a link may ask for any
  }

  /** The cell that is spoken of: the one that is pointed at, or else the pinned one. */
  get at(): Cell | null {
    return this.pointed ?? this.pinned;
  }

  /** Frames both. */
  frame(): void {
    this.mark(this.pinned, this.pointed);
  }
}
