// A number of a network in words and grids: what it was made of, and which pixels it depends on.
import { explain, type Story, type Term } from "../ops/explain.ts";
import { field, type Field } from "../ops/field.ts";
import type { Packed } from "../ops/packed.ts";
import { CHANNELS } from "../parts/sliding-maps.ts";
import { WrittenOut } from "../parts/written-out.ts";
import { diverging } from "../ui/colour.ts";
import { element, freshId } from "../ui/dom.ts";
import { number, short } from "../ui/format.ts";
import { Numbers } from "../ui/numbers.ts";

const TOLD = 4; // terms that are written out
const WIDEST = 7; // rows and columns of a patch that is written out

const signed = (value: number) => `${value < 0 ? "−" : "+"} ${number(Math.abs(value), 3)}`;

export class NetworkStory {
  readonly el: HTMLElement;
  private readonly written = new WrittenOut();
  private readonly inputs = element("div", { className: "inputs", role: "radiogroup", "aria-label": "Written out" });
  private offered = ""; // the inputs to choose from
  private story!: Story;
  private index = -1; // of the layer
  private wanted = NaN; // the input that the reader chose; NaN: the one that counts most
  private name = (channel: number) => `map ${channel}`;

  constructor() {
    this.el = element("div", { className: "story" }, this.inputs, this.written.el);
  }

  /** Tells where the number `value` of layer `index` comes from; returns the pixels that it depends on. */
  show(
    packed: Packed,
    index: number,
    input: ArrayLike<number>,
    at: readonly [row: number, column: number, channel: number],
    value: number,
  ): Field {
    const story = (this.story = explain(packed, index, input, at));
    const numbers = !index || packed.layers[index - 1].shape.length === 3 ? "map" : "number";
    this.name = (channel) => (index ? `${numbers} ${channel}` : CHANNELS[channel]);
    const { activation = "linear", kind } = packed.layers[index];
    const applied = activation !== "linear" && kind !== "Activation";
    const after = applied ? `, and ${activation} makes it ${number(value)}` : "";
    this.written.say(`${this.told(value, kind === "Activation" ? activation : kind)}${after}.`);
    if (index !== this.index) this.wanted = NaN;
    this.index = index;
    this.offer(story.kind === "sum" ? story.terms.slice(0, TOLD) : []);
    this.patch((story.terms.slice(0, TOLD).find(({ channel }) => channel === this.wanted) ?? story.terms[0]).channel);
    return field(packed, index, ...at);
  }

  private told(value: number, what: string): string {
    const { kind, terms, bias, total, size } = this.story;
    const [first] = terms;
    const result = number(value);
    if (kind === "sum") {
      const rest = terms.slice(TOLD);
      const parts = terms.slice(0, TOLD).map((term) => `${signed(term.value)} from ${this.name(term.channel)}`);
      if (rest.length)
        parts.push(`${signed(rest.reduce((sum, { value }) => sum + value, 0))} from ${rest.length} others`);
      return `${parts.join(", ")}, ${signed(bias)} bias: ${number(total)}`;
    }
    if (kind === "scaled") return `${number(first.patch[0])} × ${number(first.weights[0])} ${signed(bias)} = ${result}`;
    if (kind === "max") return `The largest of ${size[0]} × ${size[1]} numbers: ${result}`;
    if (kind === "mean") return `The mean of ${size[0]} × ${size[1]} numbers: ${result}`;
    if (kind === "share") return `e to the ${number(total)}, divided by the sum of all ${terms.length}: ${result}`;
    if (kind === "function") return `${what} of ${number(total)}: ${result}`;
    return `${number(total)}, handed on as it is`;
  }

  /** The inputs that count most, to choose the one that is written out. */
  private offer(terms: Term[]): void {
    const labels = terms.map(({ channel, value }) => `${this.name(channel)}: ${signed(value)}`);
    this.inputs.hidden = terms.length < 2;
    if (labels.join() === this.offered) return; // so that the focus stays
    this.offered = labels.join();
    this.inputs.replaceChildren(
      ...terms.map(({ channel }, i) => {
        const choose = element("input", { type: "radio", name: this.group, value: String(channel) });
        choose.addEventListener("change", () => this.patch((this.wanted = channel)));
        return element("label", {}, choose, ` ${labels[i]}`);
      }),
    );
  }

  private readonly group = freshId();

  /** Writes out what lies below the window in one map of the input. */
  private patch(channel: number): void {
    const { terms, size, kind } = this.story;
    const term = terms.find((term) => term.channel === channel)!;
    for (const input of this.inputs.querySelectorAll("input")) input.checked = input.value === String(channel);
    const room = size[0] * size[1] > 1 && Math.max(...size) <= WIDEST;
    const grids = !room ? 0 : kind === "sum" ? 2 : 1;
    let drawn: Numbers[] = this.drawn;
    this.written.fit();
    this.written.build([...size, grids], size[1] * Math.max(grids, 1), (cell) => {
      drawn = this.drawn = Array.from({ length: grids }, () => new Numbers(size[0], size[1], cell));
      const sign = element("span", { className: "sign" }, "×");
      const row = drawn.flatMap(({ el }, i) => (i ? [sign, el] : [el]));
      return grids ? [element("div", { className: "equation" }, ...row)] : [];
    });
    [term.patch, term.weights].slice(0, grids).forEach((numbers, i) => this.fill(drawn[i], numbers, term));
  }

  private drawn: Numbers[] = [];

  private fill(grid: Numbers, numbers: number[], { value }: Term): void {
    const scale = Math.max(...numbers.map((each) => Math.abs(each) || 0));
    let won = this.story.kind !== "max";
    numbers.forEach((each, i) => {
      const padding = Number.isNaN(each);
      const winner = !won && each === value;
      won ||= winner;
      const background = diverging(scale && (padding ? 0 : each / scale));
      grid.set(i, padding ? "0" : short(each), background, padding ? "padding" : winner ? "winner" : "");
    });
  }
}
