// Logits that can be dragged, the probabilities that they become, the loss of the right class, and dropout before them.
import type { Model } from "../hosts/model.ts";
import { ACTIVATIONS } from "../ops/activation.ts";
import { dropoutMask } from "../ops/dropout.ts";
import { binaryCrossEntropy, crossEntropy } from "../ops/loss.ts";
import { softmax } from "../ops/softmax.ts";
import { tensor } from "../ops/tensor.ts";
import { Lab } from "../parts/lab.ts";
import type { StateOf } from "../parts/rules.ts";
import { Settings } from "../parts/settings.ts";
import { RULES } from "../states.ts";
import { css, diverging, inkOn } from "../ui/colour.ts";
import { button, choices, element, labelled } from "../ui/dom.ts";
import { number, rounded } from "../ui/format.ts";
import { NumberField } from "../ui/number-field.ts";
import { cellSize, Numbers } from "../ui/numbers.ts";

type State = StateOf<"logits">;

const LARGE = 30; // a logit whose power of e is more than a reader wants to see
const REACH = 10; // of the bars; typed logits may be larger
const COLUMNS = 6; // of inputs: so many have room on a phone
const SEEDS = RULES.logits.seed.most + 1;

const percent = (p: number) => `${(100 * p).toFixed(1)}%`;
const short = (value: number) => number(value, 4);

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const lab = new Lab("logits", "Logits lab", model, el);
  const set = lab.set.bind(lab);
  const complain = lab.complain.bind(lab);
  const [names, offered]: string[][] = [model.get("names"), model.get("settings")];
  const [inputs, weights]: [number[], number[][]] = [model.get("inputs"), model.get("weights")]; // [input][class]

  /** What follows from a state. */
  const computed = ({ logits, temperature, function: name, right, training, rate, seed }: State) => {
    const kept = dropoutMask(inputs.length, training === "on" ? rate / 100 : 0, seed);
    const change = (name: number) => inputs.reduce((sum, x, i) => sum + (kept[i] - 1) * x * weights[i][name], 0);
    const shown = names.map((_, i) => logits[i] + change(i));
    const scores = shown.map((logit) => logit / temperature);
    const soft = name === "softmax";
    const probabilities = soft ? [...softmax(tensor([names.length], scores)).data] : scores.map(ACTIVATIONS.sigmoid);
    const loss = right === null ? 0 : (soft ? crossEntropy : binaryCrossEntropy)(scores, right);
    return { kept, shown, scores, soft, probabilities, loss };
  };

  const settings = new Settings("logits", lab);
  if (offered.includes("function")) settings.choice("function", "Function", { softmax: "softmax", sigmoid: "sigmoid" });
  if (offered.includes("temperature")) settings.numeric("temperature", "Temperature", 0.1);
  const right = choices(
    ["none", ...names].map((label, i) => ({ value: String(i), label })),
    (value) => set({ right: +value ? +value - 1 : null }),
  );
  if (offered.includes("right")) settings.el.append(labelled("Right class", right));
  settings.el.hidden = !offered.length;
  const dropout = new Settings("logits", lab)
    .choice("training", "Training", { off: "off", on: "on" })
    .numeric("rate", "Dropped, %")
    .numeric("seed", "Seed");
  dropout.el.append(button("Next mask", () => set({ seed: (lab.state.seed + 1) % SEEDS, training: "on" })));
  const heading = element("p", { className: "title" }, `The ${inputs.length} inputs`);
  const cells = element("div", { "aria-hidden": "true" });
  const [mask, title, sum] = ["", "title", "sum"].map((className) => element("p", { className }));
  const rows = names.map((name, i) => {
    // What is dragged is the logit that is shown; what dropout adds to it stays.
    const change = (value: number) => {
      const { state } = lab;
      const added = computed(state).shown[i] - state.logits[i];
      set({ logits: state.logits.map((logit, j) => (i === j ? rounded(value - added, 9) : logit)) });
    };
    const field = new NumberField(`Logit of ${name}`, change, () => 0.1, complain);
    const bar = element("input", { type: "range", min: -REACH, max: REACH, step: 0.1, "aria-label": `Drag ${name}` });
    bar.addEventListener("input", () => change(Number(bar.value)));
    const share = element("div", { className: "share" });
    const [title, p, gradient] = [element("div"), element("td"), element("td")];
    const typed = element("td", {}, element("span", { className: "field" }, field.el));
    const cells = [element("th", {}, title, bar, share), typed, p, gradient];
    return { field, bar, share, title, p, gradient, cells };
  });
  const heads = ["class", "logit", "p", "p − y"].map((text) => element("th", {}, text));
  const lines = [heads, ...rows.map((row) => row.cells)].map((line) => element("tr", {}, ...line));
  const drawing = {
    content: [
      settings.el,
      element("section", { hidden: !inputs.length }, dropout.el, heading, cells, mask),
      element("table", { className: "logits" }, ...lines),
      element("section", { className: "story" }, title, sum),
    ],
    state() {
      const { state } = lab;
      const { kept, shown, scores, soft, probabilities, loss } = computed(state);
      settings.show(state);
      dropout.show(state);
      right.value = String((state.right ?? -1) + 1);
      heads[3].hidden = state.right === null || !offered.includes("gradient");
      rows.forEach(({ field, bar, share, title, p, gradient }, i) => {
        const off = probabilities[i] - Number(i === state.right);
        const colour = diverging(off);
        title.textContent = names[i] + (i === state.right ? " ✓" : "");
        field.show(rounded(shown[i], 9));
        bar.value = String(shown[i]);
        share.style.width = p.textContent = percent(probabilities[i]);
        gradient.textContent = off.toFixed(3).replace("-", "−");
        Object.assign(gradient.style, { background: css(colour), color: inkOn(colour) });
        gradient.hidden = heads[3].hidden;
      });
      const most = scores.indexOf(Math.max(...scores));
      const one = state.right ?? most;
      const large = scores.some((score) => Math.abs(score) > LARGE);
      const powers = scores.map((score) => `e^${short(score - (large ? scores[most] : 0))}`);
      const [above, below] = soft ? [powers[one], powers.join(" + ")] : [1, `1 + e^${short(-scores[one])}`];
      const how = soft ? `−ln p of ${names[one]}` : "mean of −ln p for ✓, −ln(1 − p) for the others";
      const all = percent(probabilities.reduce((a, b) => a + b));
      const loses = state.right === null ? "" : `. Loss = ${how} ≈ ${short(loss)}`;
      title.textContent = `${names[most]} ${percent(probabilities[most])}, together ${all}${loses}`;
      sum.textContent = `p of ${names[one]} = ${above} / (${below}) ≈ ${short(probabilities[one])}`;
      if (soft && large) sum.textContent += ", the largest logit subtracted from each";
      if (!inputs.length) return;
      const grid = new Numbers(Math.ceil(inputs.length / COLUMNS), COLUMNS, cellSize(cells.clientWidth, COLUMNS));
      const largest = Math.max(...inputs.map(Math.abs));
      inputs.forEach((input, i) => {
        const value = input * kept[i];
        grid.set(i, number(value, 3), diverging(value / largest), kept[i] ? "" : "padding");
      });
      cells.replaceChildren(grid.el);
      const gone = kept.flatMap((factor, i) => (factor ? [] : [i + 1])).join(", ") || "none";
      const factor = state.training === "on" ? 1 / (1 - state.rate / 100) : 1;
      mask.textContent = `Dropped inputs: ${gone}. The others are multiplied by ${short(factor)}.`;
    },
    summary: () => `${title.textContent}. ${mask.textContent}`,
  };
  return lab.start(drawing, () => {
    const { shown, soft } = computed(lab.state);
    return `import keras
import numpy as np

logits = np.array(${JSON.stringify(shown)}, "float32")
right = (np.arange(len(logits)) == ${lab.state.right ?? "None"}).astype("float32")
scores = logits / ${lab.state.temperature}
probabilities = keras.ops.convert_to_numpy(keras.ops.${lab.state.function}(scores))
loss = keras.losses.${soft ? "categorical" : "binary"}_crossentropy(right, scores, from_logits=True)
print(probabilities, float(loss))
`;
  });
}
