// A picture and a filter: the map of its sums, the curve that each of them goes through, and the map that comes out.
import type { Model } from "../hosts/model.ts";
import { ACTIVATIONS, slope } from "../ops/activation.ts";
import { conv2d } from "../ops/conv2d.ts";
import { tensor } from "../ops/tensor.ts";
import { exact, list, type KerasLayer } from "../parts/keras.ts";
import { presetChoices, presetRows } from "../parts/presets.ts";
import type { StateOf } from "../parts/rules.ts";
import { Settings } from "../parts/settings.ts";
import { slidingLab } from "../parts/sliding-lab.ts";
import { alike, type SlidingMaps } from "../parts/sliding-maps.ts";
import { WrittenOut } from "../parts/written-out.ts";
import { diverging } from "../ui/colour.ts";
import { choices, element, labelled } from "../ui/dom.ts";
import { ends, number } from "../ui/format.ts";
import { Legend } from "../ui/legend.ts";
import { NumberField } from "../ui/number-field.ts";
import { Response } from "../ui/response.ts";
import { ValueMap } from "../ui/value-map.ts";

type State = StateOf<"activation">;

const NUMBERS = 28; // of a recorded filter: 27 weights and a bias
const FLAT = 0.1; // a slope below it lets hardly anything through
const LABELS = {
  relu: "ReLU",
  leaky_relu: "leaky ReLU",
  elu: "ELU",
  gelu: "GELU",
  sigmoid: "sigmoid",
  tanh: "tanh",
  linear: "none (linear)",
};

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const recorded = new Float32Array((await model.asset("filters")).slice().buffer);
  /** The weights of a filter, row by row, and the bias that it came with. */
  const filterOf = (name: string): [weights: number[], bias: number] => {
    const [from, end] = [0, NUMBERS - 1].map((i) => Number(name) * NUMBERS + i);
    return from >= 0 ? [[...recorded.subarray(from, end)], recorded[end]] : [presetRows(name).flat(), 0];
  };
  const channelsOf = ({ filter }: State) => filterOf(filter)[0].length / 9;
  return slidingLab("activation", "Activation lab", model, el, (lab) => {
    const { set, complain } = lab;
    let state!: State; // as shown last
    let maps: SlidingMaps | undefined;
    let [f, result, columns] = [ACTIVATIONS.relu, new Float64Array(), 0];
    const learned = Array.from({ length: recorded.length / NUMBERS }, (_, i) => ({
      value: `${i}`,
      label: `Filter ${i} of the network`,
    }));
    const filter = choices([...presetChoices, ...learned], (name) =>
      set({ filter: name as State["filter"], bias: filterOf(name)[1] }),
    );
    const settings = new Settings("activation", lab).choice("activation", "Function", LABELS);
    const setBias = (bias: number) => set({ bias });
    const bias = new NumberField("Bias", setBias, () => 0.1, complain);
    const slider = element("input", { type: "range", step: "0.01", "aria-label": "Bias, to slide" });
    slider.addEventListener("input", () => setBias(Number(slider.value)));
    const [title, told] = ["title", "note"].map((className) => element("p", { className }));
    const curve = new Response();
    const legend = new Legend();
    const explanation = new WrittenOut();
    const after = new ValueMap(
      "After",
      alike(() => maps),
    ); // can be pointed at as the sums can
    return {
      controls: [labelled("Filter", filter)],
      middle: [settings.el, labelled("Bias", bias.el), slider],
      legend: [],
      below: [
        element(
          "div",
          { className: "figures two" },
          element("section", { className: "response" }, title, curve.el, legend.el, told),
          after.el,
        ),
      ],
      settings: [],
      explanation,
      zeros: true,
      name: () => "Sums",
      cell: "Sum",
      channels: channelsOf,
      window: () => ({ size: [3, 3], stride: 1, padding: "valid" }),
      compute(now, input) {
        const { shape, data } = conv2d(input, tensor([3, 3, channelsOf(now), 1], filterOf(now.filter)[0]));
        // Pixels from 0 to 1; divided last, so that sums of whole numbers that are 0 are 0 then.
        const output = tensor(
          shape,
          data.map((sum) => sum / 255 + now.bias),
        );
        f = ACTIVATIONS[now.activation];
        [result, columns] = [output.data.map(f), shape[1]];
        return output;
      },
      show(now) {
        state = now;
        filter.value = state.filter;
        settings.show(state);
        bias.show(state.bias);
        title.textContent = LABELS[state.activation];
        after.title.textContent = `After ${title.textContent}`;
      },
      colours(sums) {
        const [least, most] = ends(sums);
        // From where no sum is positive to where all are, and a little beyond.
        slider.min = (state.bias - most - 0.2).toFixed(2);
        slider.max = (state.bias - least + 0.2).toFixed(2);
        slider.value = String(state.bias);
        const [low, high] = ends([0], sums, result);
        const scale = Math.max(-low, high);
        const colour = (value: number) => diverging(scale && value / scale);
        curve.show(f, sums, low, high);
        legend.show(low, high, scale);
        after.show(result, columns, colour);
        const share = (what: (sum: number) => boolean) => {
          const percent = (100 * sums.filter(what).length) / sums.length;
          return `${Number.isInteger(percent) ? percent : percent.toFixed(2)} %`;
        };
        told.textContent =
          `${share((sum) => sum < 0)} of the sums are negative, ${share((sum) => !f(sum))} of what comes out is 0; ` +
          `at ${share((sum) => Math.abs(slope(f, sum)) < FLAT)} the slope is below ${FLAT}. ` +
          "Both axes have the scale of the maps.";
        return colour;
      },
      explain(_, now) {
        maps = now;
        after.mark(now.at);
        curve.mark(now.value);
        const steep = number(slope(f, now.value), 2);
        explanation.say(
          `x = ${number(now.value)}, the sum with its bias, becomes f(x) = ${number(f(now.value))}. ` +
            `The slope there is ${steep}: what training sends back is multiplied by ${steep}.`,
        );
      },
      summary: () => told.textContent!,
      keras: (now) => keras(now, filterOf(now.filter)[0]),
    };
  });
}

const keras = ({ bias, activation }: State, weights: number[]): KerasLayer => ({
  before: [
    `weights = np.array(${list(weights.map(exact))}, "float32")`,
    "layer = keras.layers.Conv2D(filters=1, kernel_size=3)",
  ],
  layers: ["keras.layers.Rescaling(1 / 255)", "layer", `keras.layers.Activation("${activation}")`],
  after: [
    `layer.set_weights([weights.reshape(3, 3, ${weights.length / 9}, 1), np.array([${exact(bias)}], "float32")])`,
  ],
});
