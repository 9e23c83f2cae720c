// A picture, a kernel that the reader edits, the map that comes out, and any of its cells written out.
import type { Model } from "../hosts/model.ts";
import { conv2d } from "../ops/conv2d.ts";
import { tensor } from "../ops/tensor.ts";
import { resized, weights } from "../parts/kernel.ts";
import { exact, list, type KerasLayer } from "../parts/keras.ts";
import { PRESETS, presetChoices, presetRows } from "../parts/presets.ts";
import type { Kernel, StateOf } from "../parts/rules.ts";
import { Settings } from "../parts/settings.ts";
import { slidingLab } from "../parts/sliding-lab.ts";
import { CHANNELS } from "../parts/sliding-maps.ts";
import { RULES } from "../states.ts";
import { diverging } from "../ui/colour.ts";
import { choices, element, labelled } from "../ui/dom.ts";
import { ends } from "../ui/format.ts";
import { KernelEditor } from "../ui/kernel-editor.ts";
import { Legend } from "../ui/legend.ts";
import { NumberField } from "../ui/number-field.ts";
import { Explanation } from "./convolution-explain.ts";

type State = StateOf<"convolution">;

const LARGEST = RULES.convolution.kernel.most;

export const render = (model: Model, el: HTMLElement): Promise<() => void> =>
  slidingLab("convolution", "Convolution lab", model, el, (lab) => {
    const { set, complain } = lab;
    let colours: State["colours"] = "fitted"; // as shown last
    const presets = choices(
      [...presetChoices, { value: "", label: "your own" }],
      (name) => name && set({ kernel: preset(name, channels(lab.state.kernel)) }),
    );
    const editor = new KernelEditor((changed) => set({ kernel: changed }), complain);
    const bias = new NumberField(
      "Bias",
      (value) => set({ bias: value }),
      () => 1,
      complain,
    );
    const settings = new Settings("convolution", lab)
      .number(
        "Kernel rows",
        [1, LARGEST],
        ({ kernel }) => kernel.length,
        (rows, { kernel }) => ({ kernel: resized(kernel, rows, kernel[0].length) }),
      )
      .number(
        "Kernel columns",
        [1, LARGEST],
        ({ kernel }) => kernel[0].length,
        (columns, { kernel }) => ({ kernel: resized(kernel, kernel.length, columns) }),
      )
      .numeric("stride", "Stride")
      .numeric("dilation", "Dilation")
      .padding("padding")
      .choice("colours", "Colours", { fitted: "fit the map", fixed: "fixed, −255 to 255" })
      .toggle(
        "Colour",
        ({ kernel }) => channels(kernel) === 3,
        (on, { kernel }) => ({ kernel: forChannels(kernel, on ? 3 : 1) }),
      );
    const biasField = labelled("Bias", bias.el);
    biasField.hidden = model.get("simple");
    const title = element("p", { className: "title" });
    const legend = new Legend();
    const explanation = new Explanation();
    return {
      controls: [labelled("Kernel", presets)],
      middle: [title, editor.el, biasField],
      legend: [legend.el],
      settings: [settings.el],
      explanation,
      zeros: true,
      channels: ({ kernel }) => channels(kernel),
      window: ({ kernel, stride, padding, dilation }) => ({
        size: [kernel.length, kernel[0].length],
        stride,
        padding,
        dilation,
      }),
      compute: ({ kernel, bias, stride, padding, dilation }, input) =>
        conv2d(input, weights(kernel), { bias: tensor([1], [bias]), stride, padding, dilation }),
      show(state) {
        const { kernel } = state;
        colours = state.colours;
        presets.value = presetOf(kernel);
        title.textContent = `Kernel ${kernel.length} × ${kernel[0].length}${channels(kernel) === 3 ? " × 3" : ""}`;
        editor.show(kernel, channels(kernel) === 3 ? CHANNELS : [""]);
        bias.show(state.bias);
        settings.show(state);
      },
      colours(output) {
        const [smallest, largest] = ends(output);
        const scale = colours === "fixed" ? 255 : Math.max(-smallest, largest);
        legend.show(smallest, largest, scale);
        return (value) => diverging(scale && value / scale);
      },
      explain: ({ kernel, bias }, maps) => explanation.show(kernel, bias, maps),
      keras,
    };
  });

const channels = (kernel: Kernel): number => kernel[0][0].length;

const preset = (name: string, channels: number): Kernel =>
  presetRows(name).map((row) => row.map((weight) => Array(channels).fill(weight)));

/** The name of the preset that `kernel` is, or "". */
const presetOf = (kernel: Kernel): string =>
  Object.keys(PRESETS).find((name) => JSON.stringify(preset(name, channels(kernel))) === JSON.stringify(kernel)) ?? "";

/** `kernel` for another number of channels: copied to each, or their mean. */
const forChannels = (kernel: Kernel, channels: number): Kernel =>
  kernel.map((row) => row.map((cell) => (cell.length === channels ? cell : Array(channels).fill(mean(cell)))));

const mean = (values: number[]): number =>
  values.every((value) => value === values[0]) ? values[0] : values.reduce((a, b) => a + b) / values.length;

function keras({ kernel, bias, stride, padding, dilation }: State): KerasLayer {
  const depth = channels(kernel);
  const rows = kernel.map((row) => list(row.map((cell) => (depth === 1 ? exact(cell[0]) : list(cell.map(exact))))));
  // Keras refuses a stride and a dilation at once. A kernel with zeros between its weights is as good as a dilated one.
  const spread = stride > 1 && dilation > 1;
  const size = [kernel.length, kernel[0].length];
  const reach = size.map((places) => (spread ? (places - 1) * dilation + 1 : places)).join(", ");
  const shape = `(${reach}), strides=${stride}, padding="${padding === "same" ? "same" : "valid"}"`;
  const dilated = [
    "# Keras takes no stride and dilation at once: the dilated kernel, with its zeros written out",
    `dilated = np.zeros((${reach}, ${depth}, 1), "float32")`,
    `dilated[::${dilation}, ::${dilation}] = kernel`,
  ];
  return {
    before: [
      `kernel = np.array(${list(rows, " ".repeat(19))}, "float32").reshape(${size.join(", ")}, ${depth}, 1)`,
      ...(spread ? dilated : []),
      "",
      "layer = keras.layers.Conv2D(",
      `    filters=1, kernel_size=${shape}, dilation_rate=${spread ? 1 : dilation}`,
      ")",
    ],
    layers: [...(Number(padding) > 0 ? [`keras.layers.ZeroPadding2D(${padding})`] : []), "layer"],
    after: [`layer.set_weights([${spread ? "dilated" : "kernel"}, np.array([${bias}], "float32")])`],
  };
}
