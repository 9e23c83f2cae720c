// The settings of the layer that are folded away at first.
import { choices, element, labelled, wholeNumber } from "../ui/dom.ts";
import { forChannels, LARGEST, resized, SIDES, type Layer, type Settings } from "./convolution-state.ts";

export class SettingsPanel {
  readonly el: HTMLDetailsElement;
  private readonly fields: Record<"rows" | "columns" | "stride" | "dilation" | "zeros", HTMLInputElement>;
  private readonly padding: HTMLSelectElement;
  private readonly zerosField: HTMLElement;
  private readonly side: HTMLSelectElement;
  private readonly colour = element("input", { type: "checkbox" });
  private kernel: Settings["kernel"] = [[[0]]];

  constructor(set: (changes: Partial<Settings>) => void, complain: (message: string) => void) {
    const whole = (least: number, most: number, change: (value: number) => void) => wholeNumber(least, most, change, complain);
    this.fields = {
      rows: whole(1, LARGEST.kernel, (rows) => set({ kernel: resized(this.kernel, rows, this.kernel[0].length) })),
      columns: whole(1, LARGEST.kernel, (columns) => set({ kernel: resized(this.kernel, this.kernel.length, columns) })),
      stride: whole(1, LARGEST.stride, (stride) => set({ stride })),
      dilation: whole(1, LARGEST.dilation, (dilation) => set({ dilation })),
      zeros: whole(0, LARGEST.padding, (zeros) => set({ padding: String(zeros) })),
    };
    this.padding = choices(
      [{ value: "valid", label: "valid: none" }, { value: "same", label: "same, as in Keras" }, { value: "zeros", label: "a number of zeros" }],
      (value) => set({ padding: value === "zeros" ? "1" : value }),
    );
    this.side = choices(SIDES.map((side) => ({ value: String(side), label: `${side} pixels` })), (side) => set({ side: Number(side), cell: null }));
    this.colour.addEventListener("change", () =>
      set({ colour: this.colour.checked, kernel: forChannels(this.kernel, this.colour.checked ? 3 : 1) }),
    );
    const { rows, columns, stride, dilation, zeros } = this.fields;
    this.zerosField = labelled("Zeros on each side", zeros);
    this.el = element(
      "details", {}, element("summary", {}, "Settings"),
      element(
        "div", { className: "settings" },
        labelled("Kernel rows", rows), labelled("Kernel columns", columns), labelled("Stride", stride), labelled("Dilation", dilation),
        labelled("Padding", this.padding), this.zerosField, labelled("Picture size", this.side), labelled("Colour", this.colour),
      ),
    );
  }

  show({ settings: { kernel, stride, dilation, padding, side, colour } }: Layer): void {
    this.kernel = kernel;
    const inWords = isNaN(Number(padding));
    const shown = { rows: kernel.length, columns: kernel[0].length, stride, dilation, zeros: inWords ? 0 : padding };
    for (const [name, value] of Object.entries(shown)) {
      const field = this.fields[name as keyof typeof shown];
      field.defaultValue = String(value);
      // What is being typed stays: an earlier change may be drawn only now.
      if (document.activeElement !== field) field.value = field.defaultValue;
    }
    this.padding.value = inWords ? padding : "zeros";
    this.zerosField.hidden = inWords;
    if (!SIDES.includes(side)) this.side.append(element("option", { value: String(side) }, `${side} pixels`));
    this.side.value = String(side);
    this.colour.checked = colour;
  }
}
