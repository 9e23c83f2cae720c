// A kernel that learns a secret one, step by step, from a picture and the map that the secret one makes of it.
import type { Model } from "../hosts/model.ts";
import { conv2d } from "../ops/conv2d.ts";
import { learn, moments, type Step } from "../ops/learn.ts";
import { tensor, type Tensor } from "../ops/tensor.ts";
import { loadGallery } from "../parts/gallery.ts";
import { exact, list, program } from "../parts/keras.ts";
import { Lab } from "../parts/lab.ts";
import { presetChoices, presetRows } from "../parts/presets.ts";
import type { StateOf } from "../parts/rules.ts";
import { scrubber } from "../parts/scrubber.ts";
import { Source } from "../parts/source.ts";
import { RULES } from "../states.ts";
import { diverging } from "../ui/colour.ts";
import { Curve } from "../ui/curve.ts";
import { button, choices, element, labelled } from "../ui/dom.ts";
import { number, short } from "../ui/format.ts";
import { values, type Image } from "../ui/image.ts";
import { Legend } from "../ui/legend.ts";
import { cellSize, Numbers } from "../ui/numbers.ts";
import { ValueMap } from "../ui/value-map.ts";

type State = StateOf<"learner">;

const SIZE = [3, 3] as const;
const LAST = RULES.learner.steps.most;

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const lab = new Lab("learner", "Learning lab", model, el);
  const set = (changes: Partial<State>) => lab.set(changes);
  const source = new Source(await loadGallery(model), lab);
  const secret = choices(presetChoices, (name) => set({ secret: name as State["secret"], steps: 0 }));
  const chance = () => Number((Math.random() - 0.5).toFixed(2));
  const restart = button("New start", () => set({ start: Array.from({ length: 9 }, chance), steps: 0 }));
  const { slider, player } = scrubber(
    LAST,
    () => lab.state.steps,
    (steps) => set({ steps }),
  );
  const maps = ["Picture", "Wanted map", "Its map now"].map((name) => new ValueMap(name));
  const [picture, wantedMap, itsMap] = maps;
  const legend = new Legend();
  itsMap.el.append(legend.el);
  const title = element("p", { className: "title" });
  const pair = element("div", { className: "equation" });
  const [curve, about] = [new Curve(), element("p", { className: "note" })];
  const problem = element("p", { className: "notice", role: "status" });
  const figures = element("div", { className: "figures three" }, ...maps.map((map) => map.el));
  const story = element(
    "section",
    { className: "story" },
    element("div", { className: "bar" }, title, element("div", { className: "tools" }, player.el, restart)),
    element("div", { className: "slider" }, labelled("Step", slider)),
    pair,
    about,
    curve.el,
  );
  const numbers = (weights: number[]) => {
    const grid = new Numbers(...SIZE, cellSize(pair.clientWidth, 6));
    const largest = Math.max(...weights.map(Math.abs)) || 1;
    weights.forEach((weight, tap) => grid.set(tap, short(Number(weight.toFixed(2))), diverging(weight / largest)));
    return grid.el;
  };
  const named = ([name, weights]: [string, number[]]) => element("div", { className: "pair" }, name, numbers(weights));
  const drawing = {
    content: [
      element("div", { className: "bar" }, source.el, labelled("Secret kernel", secret)),
      source.hint,
      problem,
      figures,
      story,
    ],
    state() {
      const { state } = lab;
      source.show(state);
      [secret.value, slider.value] = [state.secret, String(state.steps)];
      const { image, input, steps, losses, why } = learned(source.seen(state), goal(state), state.start);
      problem.textContent = why;
      problem.hidden = !why;
      figures.hidden = story.hidden = Boolean(why);
      title.textContent = why;
      if (why) return player.stop();
      const { weights, loss } = steps[state.steps];
      title.textContent = `After ${state.steps} steps: loss ${number(loss, 3)}`;
      pair.replaceChildren(...Object.entries({ now: weights, secret: goal(state) }).map(named));
      about.textContent =
        `The loss, from ${number(losses[0], 3)} at step 0 on. ` +
        "From one dashed line to the next it falls to a tenth.";
      curve.show(losses, state.steps, LAST);
      const map = (kernel: number[]) => conv2d(input, tensor([...SIZE, 1, 1], kernel)).data;
      const wanted = map(goal(state));
      const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
      const paint = source.drawing ? source.paint.bind(source) : null;
      picture.show(input.data, image.width, (value) => [value, value, value], paint);
      wantedMap.show(wanted, image.width - 2, (value) => diverging(value / scale));
      itsMap.show(map(weights), image.width - 2, (value) => diverging(value / scale));
      legend.show(-scale, scale, scale);
    },
    reset() {
      player.stop();
      source.reset();
    },
    summary: () => title.textContent!,
    end: () => player.remove(),
  };
  return lab.start(drawing, () => keras(source.seen(lab.state), lab.state));
}

const goal = ({ secret }: State): number[] => presetRows(secret).flat();

const layerInput = (image: Image): Tensor => tensor([image.height, image.width, 1], values(image, false));

/** All steps from `start` towards `secret`; `why` there are none, where the kernel does not fit. */
function learned(image: Image, secret: number[], start: number[]) {
  const input = layerInput(image);
  const light = input.data.map((value) => value / 255); // training wants small numbers
  let [steps, why]: [Step[], string] = [[], ""];
  try {
    steps = learn(moments(tensor(input.shape, light), SIZE), secret, start, LAST);
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem;
    why = problem.message;
  }
  return { image, input, steps, losses: steps.map(({ loss }) => loss), why };
}

function keras(image: Image, state: State): string {
  const weights = (name: string, kernel: number[]) =>
    `${name} = np.array(${list(kernel.map(exact))}, "float32").reshape(3, 3, 1, 1)`;
  return program(
    { image, channels: 1, input: layerInput(image) },
    {
      before: [
        weights("secret", goal(state)),
        weights("start", state.start),
        "layer = keras.layers.Conv2D(1, 3, use_bias=False)",
      ],
      layers: ["layer"],
      after: [
        "layer.set_weights([secret])",
        "wanted = model.predict(image[None] / 255, verbose=0)",
        "layer.set_weights([start])",
        'model.compile(keras.optimizers.Adam(0.1), "mse")',
        `model.fit(image[None] / 255, wanted, epochs=${state.steps}, verbose=0)`,
        "print(layer.get_weights()[0][:, :, 0, 0])",
      ],
    },
  );
}
