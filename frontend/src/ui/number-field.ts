// A number that can be typed, dragged sideways, or stepped with the keys. Every keystroke that makes a number counts at
// once; what makes none is marked, and spoken of when the field is left.
import { element } from "./dom.ts";
import { LARGEST_NUMBER } from "../states.ts";
import { breadth, number, parse, tinyWeight, weight } from "./format.ts";
import { quoted } from "./message.ts";

const PIXELS_A_STEP = 10;

interface Limits {
  least: number;
  most: number;
  whole: boolean;
}

const WEIGHT: Limits = { least: -LARGEST_NUMBER, most: LARGEST_NUMBER, whole: false };

export class NumberField {
  readonly el: HTMLInputElement;
  private value = NaN; // in use: what is typed may be no number yet
  private before = NaN; // what it was when the field got the focus
  private fresh = false; // the press that gives it the focus is not over
  private readonly name: string;
  private readonly change: (value: number) => void;
  private readonly step: () => number;
  private readonly complain: (message: string) => void;
  private readonly limits: Limits;

  /** `step` is how much one press of an arrow key adds; `complain` tells the reader what cannot be used. */
  constructor(
    name: string,
    change: (value: number) => void,
    step: () => number,
    complain: (message: string) => void,
    limits = WEIGHT,
  ) {
    [this.name, this.change, this.step, this.complain, this.limits] = [name, change, step, complain, limits];
    this.el = element("input", {
      className: "spin",
      autocomplete: "off",
      enterKeyHint: "next",
      inputMode: limits.whole ? "numeric" : "text",
      role: "spinbutton",
      "aria-label": name,
      "aria-valuemin": limits.least,
      "aria-valuemax": limits.most,
    });
    this.el.addEventListener("input", () => this.read());
    this.el.addEventListener("focus", () => {
      this.before = this.value;
      this.write();
    });
    // Safari drops, when the press that gave the focus ends, what was selected when it began.
    this.el.addEventListener("mouseup", (event) => this.fresh && event.preventDefault());
    this.el.addEventListener("blur", () => this.leave());
    this.el.addEventListener("keydown", (event) => this.onKey(event));
    this.el.addEventListener("pointerdown", (event) => this.onDown(event));
    this.el.addEventListener("dragstart", (event) => event.preventDefault()); // of the selected text
  }

  /** Shows `value`; what is being typed stays as long as it means the same. */
  show(value: number): void {
    if (value === this.value) return;
    this.value = value;
    if (Number.isNaN(this.before)) this.before = value; // a window in the background sends no focus event
    this.write();
  }

  private get inHand(): boolean {
    return this.el.matches(":focus"); // in a shadow root, too, where document.activeElement is its host
  }

  /** In full and selected while it has the focus, so that typing replaces it; else so short that it fits. */
  private write(): void {
    this.el.value = (this.inHand ? inFull : tinyWeight)(this.value);
    this.mark(false);
    if (this.inHand) this.el.select();
  }

  /** Tells the style sheet how wide the text is: letters shrink to fit, and the field in hand grows. */
  private mark(invalid: boolean): void {
    this.el.style.setProperty("--breadth", String(breadth(this.el.value)));
    this.el.setAttribute("aria-invalid", String(invalid));
    this.el.setAttribute("aria-valuenow", String(this.value));
    this.el.setAttribute("aria-valuetext", weight(this.value));
  }

  private use(value: number): void {
    if (value === this.value) return;
    this.value = value;
    this.change(value);
  }

  /** The nearest number that is allowed; the one in use where `text` is no number. */
  private nearest(text: string): number {
    const { least, most, whole } = this.limits;
    const typed = parse(text);
    return Number.isNaN(typed) ? this.value : Math.min(most, Math.max(least, whole ? Math.round(typed) : typed));
  }

  private read(): void {
    const value = this.nearest(this.el.value);
    const invalid = value !== parse(this.el.value);
    if (!invalid) this.use(value);
    this.mark(invalid);
  }

  private leave(): void {
    const typed = this.el.value;
    // A field that was taken away with half a number in it says nothing.
    const amiss = this.el.getAttribute("aria-invalid") === "true" && this.el.getClientRects().length > 0;
    if (amiss) this.use(this.nearest(typed));
    this.write();
    if (!amiss) return;
    const { least, most, whole } = this.limits;
    const kind = whole ? "whole number" : "number such as 2, −0.5 or 1/9,";
    const came = typed ? quoted(typed) : "nothing";
    const can = `${this.name} can be a ${kind} from ${grouped(least)} to ${grouped(most)}.`;
    this.complain(`${can} You typed ${came}, so ${weight(this.value)} is used.`);
  }

  private set(value: number): void {
    this.use(value);
    this.write();
  }

  private add(steps: number, from = this.value): void {
    // Rounded, so that ten steps of 0.1 make 1.
    const sum = Number((from + steps * this.step()).toFixed(9));
    this.set(Math.min(this.limits.most, Math.max(this.limits.least, sum)));
  }

  private onKey(event: KeyboardEvent): void {
    const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (steps) this.add(steps);
    else if (event.key === "Enter") this.leave();
    else if (event.key === "Escape" && this.el.value !== inFull(this.before)) this.set(this.before);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private onDown(event: PointerEvent): void {
    if (event.button) return;
    this.fresh = !this.inHand;
    const from = this.value;
    let dragged = 0;
    const drag = new AbortController();
    const on = (
      type: "pointermove" | "pointercancel" | "lostpointercapture",
      listener: (event: PointerEvent) => void,
    ) => this.el.addEventListener(type, listener, { signal: drag.signal });
    this.el.setPointerCapture(event.pointerId);
    on("pointermove", ({ clientX }) => {
      const steps = Math.trunc((clientX - event.clientX) / PIXELS_A_STEP);
      if (steps !== dragged) this.add(steps, from);
      dragged = steps;
    });
    on("pointercancel", () => dragged && this.set(from)); // the finger scrolls the page
    on("lostpointercapture", () => drag.abort());
  }
}

/** With all its digits, so that nothing is lost when one of them is changed. */
function inFull(value: number): string {
  const text = weight(value);
  return text.includes("/") ? text : number(value, 17);
}

const grouped = (value: number): string => value.toLocaleString("en").replace("-", "−");
