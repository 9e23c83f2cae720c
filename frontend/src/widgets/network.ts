// A whole trained network at work: a picture, the maps of every layer, each number of them, and the answer.
import { linkTo } from "../hosts/link.ts";
import type { Model } from "../hosts/model.ts";
import { distort, NEUTRAL, type Distortion } from "../ops/distort.ts";
import { loadGallery } from "../parts/gallery.ts";
import { pixels } from "../parts/keras.ts";
import { Lab } from "../parts/lab.ts";
import { Mattering, type Importance } from "../parts/mattering.ts";
import { fitting } from "../parts/fitting.ts";
import type { StateOf } from "../parts/rules.ts";
import { place } from "../parts/sliding-maps.ts";
import { Source } from "../parts/source.ts";
import { Thinking } from "../parts/thinking.ts";
import { RULES } from "../states.ts";
import { Answers } from "../ui/answers.ts";
import { USERS } from "../ui/colour.ts";
import { button, choices, element, labelled } from "../ui/dom.ts";
import { number } from "../ui/format.ts";
import { Grid, type Pen } from "../ui/grid.ts";
import { shrink, square, values, type Image } from "../ui/image.ts";
import { Inside } from "./network-inside.ts";

type State = StateOf<"network">;

const SLIDERS: [name: keyof Distortion, label: string, step: number][] = [
  ["right", "Right", 0.5],
  ["down", "Down", 0.5],
  ["angle", "Turn", 1],
  ["zoom", "Size", 0.05],
  ["blur", "Blur", 0.1],
  ["brightness", "Brightness", 1],
];

const MATTERED = { nothing: "not asked", covering: "cover it piece by piece", "Grad-CAM": "Grad-CAM" };

/** What a part of the picture counted, over its pixels: orange for the answer, blue against it. */
function overlay(pen: Pen, { values, rows, columns }: Importance, size: readonly [number, number]): void {
  const most = Math.max(...Array.from(values, (value) => Math.abs(value) || 0));
  const [high, wide] = [size[0] / rows, size[1] / columns];
  values.forEach((value, i) => {
    const share = most && value / most;
    const [red, green, blue] = share < 0 ? [40, 120, 255] : [255, 120, 0];
    const [row, column] = [Math.floor(i / columns) * high, (i % columns) * wide];
    if (share) pen.fill(row, column, high, wide, `rgb(${red} ${green} ${blue} / ${0.75 * Math.abs(share)})`);
  });
}

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const [names, examples, known]: [string[], string[], Record<string, number[]>] = [
    model.get("names"),
    model.get("examples"),
    model.get("known"),
  ];
  const [rows, columns, channels]: [number, number, number] = model.get("input");
  const gallery = { ...(examples.length ? await loadGallery(model, "examples") : {}), ...(await loadGallery(model)) };
  const lab = new Lab("network", "Network lab", model, el);
  const set = (changes: Partial<State>) => lab.set(changes);
  /** A picture as the network sees it. */
  const see = (picture: Image, view: Distortion): Image => {
    const { width, height, rgb } = shrink(square(picture), Math.max(rows, columns));
    const seen = { width: columns, height: rows, rgb: distort(rgb, [height, width], [rows, columns], view) };
    const grey = channels === 1 && values(seen, false);
    return { ...seen, rgb: grey ? seen.rgb.map((_, i) => grey[Math.floor(i / 3)]) : seen.rgb };
  };
  const source = new Source(gallery, lab, (changes) => set({ ...NEUTRAL, cell: null, ...changes } as Partial<State>), {
    see,
    unsee: (drawn) => drawn,
  });
  const thinking = new Thinking(() => model.asset(model.get("asset")), lab.refresh);
  const inside = new Inside(lab, thinking);
  const mattering = new Mattering(thinking, lab.refresh);
  const how = choices(
    Object.entries(MATTERED).map(([value, label]) => ({ value, label })),
    (mattered) => set({ mattered: mattered as State["mattered"] }),
  );
  const picture = new Grid("Picture, as the network sees it", { point: () => {}, pin: () => {} });
  const sliders = SLIDERS.map(([name, label, step]) => {
    const { least, most } = RULES.network[name];
    const input = element("input", { type: "range", min: `${least}`, max: `${most}`, step: `${step}` });
    input.addEventListener("input", () => set({ [name]: Number(input.value) }));
    return { name, input, el: labelled(label, input) };
  });
  const [title, answer] = [0, 1].map(() => element("p", { className: "title" }));
  const answers = new Answers(names);
  const look = button("Look inside", () => {
    void thinking.load();
    lab.refresh(); // says that it is on its way
  });
  const status = element("p", { className: "note status", role: "status" });
  let image: Image;

  const pixel = (row: number, column: number) => {
    const at = (row * columns + column) * 3;
    return [image.rgb[at], image.rgb[at + 1], image.rgb[at + 2]] as const;
  };
  /** What a pixel counted, in words. */
  const counts = (row: number, column: number) => {
    if (!mattering.found) return "";
    const { values, rows: high, columns: wide } = mattering.found;
    const value = values[Math.floor((row * high) / rows) * wide + Math.floor((column * wide) / columns)];
    return `, counts ${number(value, 4)}`;
  };
  const told = () => {
    const { found, layer } = mattering;
    const name = names[answers.best];
    if (!found) return "The network is asked …";
    const most = Math.max(...Array.from(found.values, (value) => value || 0));
    if (lab.state.mattered === "Grad-CAM")
      return `Orange: where the maps of ${thinking.layers[layer].name} speak for “${name}”, ${found.rows} × ${found.columns} of them, stretched.`;
    const so = found.done ? "" : " so far";
    return `Orange: where a grey square takes probability from “${name}”, at most ${(100 * most).toFixed(1)} points${so}; blue: where it gives some.`;
  };
  const drawing = {
    content: [
      element("div", { className: "bar" }, source.el),
      source.hint,
      element(
        "div",
        { className: "figures two" },
        element(
          "section",
          {},
          title,
          picture.el,
          element(
            "details",
            {},
            element("summary", {}, "Move, turn, blur"),
            element("div", { className: "settings sliders" }, ...sliders.map(({ el }) => el)),
          ),
        ),
        element("section", {}, answer, answers.el, labelled("What mattered", how), look, status),
      ),
      inside.el,
    ],
    state() {
      const { state } = lab;
      image = source.seen(state);
      source.show(state);
      for (const { name, input } of sliders) input.value = String(state[name]);
      // What is known beforehand is shown without the network, on pages: there it is large, and has to be fetched.
      const asIs =
        SLIDERS.every(([name]) => state[name] === NEUTRAL[name]) && !state.off.length && state.mattered === "nothing";
      const before = asIs && typeof state.picture === "string" ? known[state.picture] : undefined;
      if (!thinking.problem && (!before || !linkTo(el, state, state))) void thinking.load();
      const numbers = channels === 3 ? image.rgb : image.rgb.filter((_, i) => i % 3 === 0);
      const input = Float32Array.from(numbers, (value) => (value * model.get("most")) / 255);
      thinking.ask(input, inside.wanted, state.off);
      el.setAttribute("aria-busy", String(thinking.busy));
      const probabilities = thinking.output(thinking.last) ?? before ?? null;
      answers.show(probabilities, thinking.output(thinking.logits));
      answer.textContent = probabilities ? `The network says: ${names[answers.best]}` : "The network is on its way …";
      how.value = state.mattered;
      if (thinking.knows(input)) mattering.ask(state.mattered, answers.best, input, model.get("most"), state.off);
      title.textContent = `As the network sees it: ${rows} × ${columns}${channels === 3 ? " × 3" : ""}`;
      picture.paint = source.drawing ? (pixel, starts) => source.paint(pixel, starts) : null;
      picture.show(
        {
          rows,
          columns,
          colour: pixel,
          text: () => "",
          describe: (cell) =>
            `${place(cell)}: ${pixel(cell.row, cell.column).join(", ")}${counts(cell.row, cell.column)}`,
          decorate: (pen) => mattering.found && overlay(pen, mattering.found, [rows, columns]),
        },
        fitting([picture.el.parentElement!], rows, columns),
      );
      look.hidden = thinking.started;
      status.textContent = thinking.problem || mattering.problem || (state.mattered === "nothing" ? "" : told());
      inside.show();
    },
    marks() {
      const pixels = inside.mark();
      if (!pixels) return;
      const { top, left, bottom, right } = pixels;
      picture.mark((pen) => pen.frame(top, left, bottom - top + 1, right - left + 1, USERS));
    },
    reset() {
      source.reset();
      inside.reset();
    },
    summary: () => answer.textContent!,
    end: () => thinking.end(),
  };
  const program = () =>
    [
      "import base64",
      "",
      "import numpy as np",
      "",
      "from cnnbook.runs import load_run",
      "",
      ...pixels(image.rgb, rows, columns, 3),
      `model = load_run("${model.get("run")}").model()`,
      `print(model.predict(image[None] / 255, verbose=0)[0])`,
      "",
    ].join("\n");
  return lab.start(drawing, program);
}
