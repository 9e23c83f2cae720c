// A picture in colour and two filters: the map that each channel gives, their sum with the bias, and both outputs.
import filters from "../../../cnnbook/widgets/filters.json";
import type { Model } from "../hosts/model.ts";
import { conv2d } from "../ops/conv2d.ts";
import { tensor } from "../ops/tensor.ts";
import { exact, list, type KerasLayer } from "../parts/keras.ts";
import { resized, weights } from "../parts/kernel.ts";
import { presetRows } from "../parts/presets.ts";
import type { Kernel, StateOf } from "../parts/rules.ts";
import { Settings } from "../parts/settings.ts";
import { slidingLab } from "../parts/sliding-lab.ts";
import { alike, CHANNELS, type SlidingMaps } from "../parts/sliding-maps.ts";
import { RULES } from "../states.ts";
import { diverging } from "../ui/colour.ts";
import { choices, element, labelled } from "../ui/dom.ts";
import { ends, number } from "../ui/format.ts";
import { KernelEditor } from "../ui/kernel-editor.ts";
import { Legend } from "../ui/legend.ts";
import { NumberField } from "../ui/number-field.ts";
import { ValueMap } from "../ui/value-map.ts";
import { Explanation } from "./convolution-explain.ts";

type State = StateOf<"channels">;

const LARGEST = RULES.channels.filters.most;
const PRESETS = Object.entries(filters).map(([value, { label, kernel, mix }]) => {
  const mixed = presetRows(kernel).map((row) => row.map((weight) => mix.map((share) => share * weight)));
  return { value, label, kernel: mixed };
});

export const render = (model: Model, el: HTMLElement): Promise<() => void> =>
  slidingLab("channels", "Channels lab", model, el, (lab) => {
    const { set, complain } = lab;
    let maps: SlidingMaps | undefined;
    let [all, columns, smallest, largest]: [Float64Array[], number, number, number] = [[], 0, 0, 0];
    const change = (kernel: Kernel, size = kernel.length) => {
      const { filter, filters } = lab.state;
      set({ filters: filters.map((old, i) => (i === filter - 1 ? kernel : resized(old, size, size))) });
    };
    const filter = choices(
      ["1", "2"].map((value) => ({ value, label: value })),
      (value) => set({ filter: Number(value) }),
    );
    const presets = choices([...PRESETS, { value: "", label: "your own" }], (name) => {
      const preset = PRESETS.find(({ value }) => value === name);
      if (preset) change(preset.kernel);
    });
    const editor = new KernelEditor(change, complain);
    const bias = new NumberField(
      "Bias",
      (value) => {
        const { filter, biases } = lab.state;
        set({ biases: biases.map((old, i) => (i === filter - 1 ? value : old)) });
      },
      () => 1,
      complain,
    );
    const sizes = choices(
      Array.from({ length: LARGEST }, (_, i) => ({ value: `${i + 1}`, label: `${i + 1} × ${i + 1}` })),
      (size) => set({ filters: lab.state.filters.map((kernel) => resized(kernel, +size, +size)) }),
    );
    const settings = new Settings("channels", lab).numeric("stride", "Stride");
    const [title, sum] = [0, 1].map(() => element("p", { className: "title" }));
    const legend = new Legend();
    const explanation = new Explanation();
    const actions = alike(() => maps);
    const slices = CHANNELS.map((name) => new ValueMap(name, actions));
    const other = new ValueMap("The other output", actions);
    return {
      controls: [],
      middle: [title, labelled("Filter", filter), labelled("Preset", presets), editor.el, labelled("Bias", bias.el)],
      legend: [legend.el, other.el],
      below: [sum, element("div", { className: "figures three" }, ...slices.map((map) => map.el))],
      settings: [labelled("Kernel size", sizes), settings.el],
      explanation,
      zeros: true,
      name: ({ filter }) => `Output ${filter}:`,
      channels: () => 3,
      window: ({ filters: [kernel], stride }) => ({ size: [kernel.length, kernel.length], stride, padding: "valid" }),
      compute({ filters, biases, filter, stride }, input) {
        const run = (kernel: Kernel, bias: number) =>
          conv2d(input, weights(kernel), { bias: tensor([1], [bias]), stride });
        const [kernel, unseen] = [filters[filter - 1], filters[2 - filter]];
        const output = run(kernel, biases[filter - 1]);
        all = CHANNELS.map((_, channel) => run(only(kernel, channel), 0).data);
        all.push(run(unseen, biases[2 - filter]).data);
        columns = output.shape[1];
        [smallest, largest] = ends(...all, output.data);
        return output;
      },
      show(state) {
        const [kernel, added] = [state.filters[state.filter - 1], state.biases[state.filter - 1]];
        filter.value = String(state.filter);
        presets.value = PRESETS.find((preset) => JSON.stringify(preset.kernel) === JSON.stringify(kernel))?.value ?? "";
        title.textContent = `Filter ${state.filter}: ${kernel.length} × ${kernel.length} × 3`;
        editor.show(kernel, CHANNELS);
        bias.show(added);
        sizes.value = String(kernel.length);
        settings.show(state);
        sum.textContent = `Output ${state.filter} = red + green + blue + bias ${number(added)}`;
        other.title.textContent = `Output ${3 - state.filter}`;
      },
      colours() {
        const scale = Math.max(-smallest, largest);
        const colour = (value: number) => diverging(scale && value / scale);
        legend.show(smallest, largest, scale);
        [...slices, other].forEach((map, i) => map.show(all[i], columns, colour));
        return colour;
      },
      explain({ filters, filter, biases }, now) {
        maps = now;
        for (const map of [...slices, other]) map.mark(now.at);
        explanation.show(filters[filter - 1], biases[filter - 1], now);
      },
      keras,
    };
  });

/** `kernel` without its other channels. */
const only = (kernel: Kernel, channel: number): Kernel =>
  kernel.map((row) => row.map((cell) => cell.map((weight, i) => (i === channel ? weight : 0))));

function keras({ filters, biases, stride }: State): KerasLayer {
  const size = filters[0].length;
  const rows = filters.map((kernel) =>
    list(
      kernel.flat().map((cell) => list(cell.map(exact))),
      " ".repeat(6),
    ),
  );
  return {
    before: [
      "filters = np.array([",
      ...rows.map((row) => `    ${row},`),
      `], "float32").reshape(2, ${size}, ${size}, 3)`,
      `layer = keras.layers.Conv2D(filters=2, kernel_size=${size}, strides=${stride})`,
    ],
    layers: ["layer"],
    after: [
      "filters = np.moveaxis(filters, 0, -1)  # Keras counts the filters last",
      `layer.set_weights([filters, np.array(${list(biases.map(exact))}, "float32")])`,
    ],
    maps: "[0]",
  };
}
