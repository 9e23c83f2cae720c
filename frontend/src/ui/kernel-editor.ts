// The weights of a kernel, a field each. Tab and Enter go to the next, and so do left and right at the end of a number.
import { element, freshId } from "./dom.ts";
import { NumberField } from "./number-field.ts";

export class KernelEditor {
  private readonly grids = element("div", { className: "kernel" });
  private readonly hint = element("p", { className: "how", id: freshId() });
  readonly el = element("div", { className: "kernel-editor" }, this.grids, this.hint);
  private fields: NumberField[] = [];
  private shape = "";
  private kernel: number[][][] = [];
  private readonly change: (kernel: number[][][]) => void;
  private readonly complain: (message: string) => void;

  constructor(change: (kernel: number[][][]) => void, complain: (message: string) => void) {
    this.change = change;
    this.complain = complain;
  }

  /** Shows `kernel` [rows][columns][channels], one grid for each of the `channels`, named so. */
  show(kernel: number[][][], channels: string[]): void {
    this.kernel = kernel;
    const shape = [kernel.length, kernel[0].length, ...channels].join();
    if (shape !== this.shape) this.build(channels);
    this.shape = shape;
    this.each((row, column, channel, index) => this.fields[index].show(kernel[row][column][channel]));
    this.help();
  }

  private each(visit: (row: number, column: number, channel: number, index: number) => void): void {
    const [rows, columns, channels] = [this.kernel.length, this.kernel[0].length, this.kernel[0][0].length];
    for (let index = 0; index < rows * columns * channels; index++) {
      const place = index % (rows * columns);
      visit(Math.floor(place / columns), place % columns, Math.floor(index / (rows * columns)), index);
    }
  }

  private build(channels: string[]): void {
    const columns = this.kernel[0].length;
    // Whole numbers go up by 1, others by a tenth.
    const step = () => (this.kernel.flat(2).every(Number.isInteger) ? 1 : 0.1);
    this.fields = [];
    const slices = channels.map((name) => {
      const slice = element("div", {
        className: "slice",
        role: "group",
        "aria-label": `Weights ${name}`.trim(),
        "aria-describedby": this.hint.id,
      });
      slice.style.setProperty("--columns", String(columns));
      return slice;
    });
    this.each((row, column, channel, index) => {
      const name = `Weight ${channels[channel]} row ${row}, column ${column}`.replace("  ", " ");
      const change = (value: number) => {
        this.kernel = this.kernel.map((cells) => cells.map((weights) => [...weights]));
        this.kernel[row][column][channel] = value;
        this.change(this.kernel);
      };
      // Chromium takes the focus from a field before it is taken away; nobody wants to hear about it then.
      const complain = (message: string) => this.fields.includes(field) && this.complain(message);
      const field = new NumberField(name, change, step, complain);
      field.el.style.justifySelf = column === 0 ? "start" : column === columns - 1 ? "end" : "center"; // where it grows
      field.el.addEventListener("keydown", (event) => this.onKey(event, index));
      this.fields.push(field);
      slices[channel].append(field.el);
    });
    this.grids.replaceChildren(
      ...slices.flatMap((slice, channel) =>
        channels[channel] ? [element("span", { className: "channel" }, channels[channel]), slice] : [slice],
      ),
    );
  }

  /** Says what can be done. Under a finger a kernel that is wider than its place scrolls instead of changing. */
  private help(): void {
    const wide = this.grids.scrollWidth > this.grids.clientWidth;
    this.grids.classList.toggle("wide", wide);
    this.hint.textContent = !matchMedia("(pointer: coarse)").matches
      ? "Type a number, drag it sideways, or press ↑ ↓."
      : `Tap a number and type. ${wide ? "Swipe to see every column." : "Or drag a number sideways."}`;
  }

  private onKey(event: KeyboardEvent, index: number): void {
    const { selectionStart, selectionEnd, value } = this.fields[index].el;
    // Inside a number that is being typed, left and right move the caret.
    const left = event.key === "ArrowLeft" && selectionStart === 0 && !event.shiftKey;
    const right = event.key === "ArrowRight" && selectionEnd === value.length && !event.shiftKey;
    const back = event.key === "Enter" ? event.shiftKey : left;
    if (!(left || right || event.key === "Enter")) return;
    this.fields[index + (back ? -1 : 1)]?.el.focus();
    event.preventDefault();
  }
}
