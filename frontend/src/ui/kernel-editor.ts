// Weights that can be typed, dragged up and down, or stepped with the keys. Each is a spin button: up and down change
// it, left and right go to the next.
import { element } from "./dom.ts";
import { breadth, LARGEST_NUMBER, parse, tinyWeight, weight } from "./format.ts";

const PIXELS_A_STEP = 10;

export class NumberField {
  readonly el: HTMLInputElement;
  private value = 0;
  private readonly change: (value: number) => void;
  private readonly step: () => number;
  private readonly complain: (message: string) => void;

  /** `step` is how much one press of an arrow key adds; `complain` tells the reader what cannot be read. */
  constructor(name: string, change: (value: number) => void, step: () => number, complain: (message: string) => void) {
    this.change = change;
    this.step = step;
    this.complain = complain;
    this.el = element("input", { className: "weight", autocomplete: "off", role: "spinbutton", "aria-label": name });
    this.el.addEventListener("change", () => this.read());
    this.el.addEventListener("input", () => this.fit());
    this.el.addEventListener("keydown", (event) => this.onKey(event));
    this.el.addEventListener("pointerdown", (event) => this.onDown(event));
    this.el.addEventListener("dragstart", (event) => event.preventDefault()); // of the selected text
    this.el.addEventListener("focus", () => this.write());
    this.el.addEventListener("blur", () => this.write());
  }

  show(value: number): void {
    if (value !== this.value || !this.el.value) {
      this.value = value;
      this.write();
    }
    this.el.setAttribute("aria-valuenow", String(value));
    this.el.setAttribute("aria-valuetext", weight(value));
  }

  /** In full and selected while it has the focus, so that typing replaces it; else so short that it fits. */
  private write(): void {
    this.el.value = this.text();
    this.fit();
    if (document.activeElement === this.el) this.el.select();
  }

  private readonly text = (): string => (document.activeElement === this.el ? weight : tinyWeight)(this.value);

  /** Tells the style sheet how wide the text is: letters shrink to fit, and the field in hand grows. */
  private fit(): void {
    this.el.style.setProperty("--breadth", String(breadth(this.el.value)));
  }

  private read(): void {
    const value = parse(this.el.value);
    if (Number.isNaN(value)) {
      this.complain(`“${this.el.value}” is not a number from −1,000,000 to 1,000,000. Type one such as 2, −0.5 or 1/9.`);
      this.write();
    } else if (this.el.value !== this.text()) this.change(value);
  }

  private add(steps: number, from = this.value): void {
    // Rounded, so that ten steps of 0.1 make 1.
    const sum = Number((from + steps * this.step()).toFixed(9));
    const value = Math.min(LARGEST_NUMBER, Math.max(-LARGEST_NUMBER, sum));
    this.show(value);
    this.change(value);
  }

  private onKey(event: KeyboardEvent): void {
    const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (steps) {
      this.read();
      this.add(steps);
    } else if (event.key === "Enter") this.read();
    else if (event.key === "Escape") this.write();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private onDown(event: PointerEvent): void {
    const from = this.value;
    let dragged = 0;
    const move = ({ clientY }: PointerEvent) => {
      const steps = Math.round((event.clientY - clientY) / PIXELS_A_STEP);
      if (steps === dragged) return;
      dragged = steps;
      this.add(steps, from);
    };
    const up = () => {
      this.el.removeEventListener("pointermove", move);
      this.el.removeEventListener("lostpointercapture", up);
      if (dragged) this.el.blur();
    };
    this.el.setPointerCapture(event.pointerId);
    this.el.addEventListener("pointermove", move);
    this.el.addEventListener("lostpointercapture", up);
  }
}

export class KernelEditor {
  readonly el = element("div", { className: "kernel" });
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
      const slice = element("div", { className: "slice", role: "group", "aria-label": `Weights ${name}`.trim() });
      slice.style.setProperty("--columns", String(columns));
      return slice;
    });
    this.each((row, column, channel, index) => {
      const name = `Weight ${channels[channel]} row ${row}, column ${column}`.replace("  ", " ");
      const change = (value: number) => {
        const kernel = this.kernel.map((cells) => cells.map((weights) => [...weights]));
        kernel[row][column][channel] = value;
        this.change(kernel);
      };
      const field = new NumberField(name, change, step, this.complain);
      field.el.tabIndex = index ? -1 : 0;
      field.el.style.justifySelf = column === 0 ? "start" : column === columns - 1 ? "end" : "center"; // where it grows
      field.el.addEventListener("keydown", (event) => this.onKey(event, index));
      field.el.addEventListener("focus", () => this.fields.forEach((other) => (other.el.tabIndex = other === field ? 0 : -1)));
      this.fields.push(field);
      slices[channel].append(field.el);
    });
    this.el.replaceChildren(
      ...slices.flatMap((slice, channel) => (channels[channel] ? [element("span", { className: "channel" }, channels[channel]), slice] : [slice])),
    );
  }

  private onKey(event: KeyboardEvent, index: number): void {
    const { selectionStart, selectionEnd, value } = this.fields[index].el;
    // Inside a number that is being typed, left and right move the caret.
    const left = event.key === "ArrowLeft" && selectionStart === 0;
    const right = event.key === "ArrowRight" && selectionEnd === value.length;
    const next = this.fields[index + (right ? 1 : left ? -1 : 0)];
    if (!(left || right) || !next || event.shiftKey) return;
    next.el.focus();
    event.preventDefault();
  }
}
