// The settings of a lab, a line each: what they are called, and what the state says. Their limits are its rules.
import { RULES } from "../states.ts";
import { choices, element, labelled } from "../ui/dom.ts";
import { NumberField } from "../ui/number-field.ts";
import type { Hands } from "./lab.ts";
import type { KindName, StateOf } from "./rules.ts";

export const PADDINGS = { valid: "valid: none", same: "same, as in Keras" };

export class Settings<Name extends KindName, State extends StateOf<Name> = StateOf<Name>> {
  readonly el = element("div", { className: "settings" });
  private readonly shows: ((state: State) => void)[] = [];
  private readonly rules: Record<string, any>;
  private readonly lab: Hands<State>;

  constructor(kind: Name, lab: Hands<State>) {
    [this.rules, this.lab] = [RULES[kind], lab];
  }

  show(state: State): void {
    this.shows.forEach((show) => show(state));
  }

  /** A number, whole unless it has a `step`, which is `read` from the state and `written` into it. */
  number(
    label: string,
    [least, most]: readonly [number, number],
    read: (state: State) => number,
    written: (value: number, state: State) => Partial<State>,
    step?: number,
  ): this {
    const { lab } = this;
    const change = (value: number) => lab.set(written(value, lab.state));
    const complain = (message: string) => lab.complain(message);
    const limits = { least, most, whole: !step };
    const field = new NumberField(label, change, () => step ?? 1, complain, limits);
    this.el.append(labelled(label, field.el));
    this.shows.push((state) => field.show(read(state)));
    return this;
  }

  /** A trait that is a number, whole unless it has a `step`. */
  numeric(name: keyof State & string, label: string, step?: number): this {
    const { least, most } = this.rules[name];
    return this.number(
      label,
      [least, most],
      (state) => Number(state[name]),
      (value) => ({ [name]: value }) as Partial<State>,
      step,
    );
  }

  /** A trait that is one of a few values, each with its label. */
  choice(name: keyof State & string, label: string, labels: Record<string, string>): this {
    const select = choices(
      Object.entries(labels).map(([value, text]) => ({ value, label: text })),
      (value) => this.lab.set({ [name]: value } as Partial<State>),
    );
    this.el.append(labelled(label, select));
    this.shows.push((state) => (select.value = String(state[name])));
    return this;
  }

  /** Padding in words or as a number of zeros. */
  padding(name: keyof State & string): this {
    const labels = { ...PADDINGS, zeros: "a number of zeros" };
    const entries = Object.entries(labels).map(([value, label]) => ({ value, label }));
    const set = (value: string | number) => this.lab.set({ [name]: value } as Partial<State>);
    const select = choices(entries, (value) => set(value === "zeros" ? 1 : value));
    this.el.append(labelled("Padding", select));
    this.number(
      "Zeros on each side",
      [0, this.rules[name].most],
      (state) => Number(state[name]) || 0,
      (value) => ({ [name]: value }) as Partial<State>,
    );
    const zeros = this.el.lastElementChild as HTMLElement;
    this.shows.push((state) => {
      zeros.hidden = typeof state[name] === "string";
      select.value = typeof state[name] === "string" ? String(state[name]) : "zeros";
    });
    return this;
  }

  /** A switch. */
  toggle(label: string, read: (state: State) => boolean, written: (on: boolean, state: State) => Partial<State>): this {
    const box = element("input", { type: "checkbox" });
    box.addEventListener("change", () => this.lab.set(written(box.checked, this.lab.state)));
    this.el.append(labelled(label, box));
    this.shows.push((state) => (box.checked = read(state)));
    return this;
  }
}
