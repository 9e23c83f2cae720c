// A whole trained network at work: a picture, the maps of every layer, each number of them, and the answer.
import { linkTo } from "../hosts/link.ts";
import type { Model } from "../hosts/model.ts";
import { distort, NEUTRAL, type Distortion } from "../ops/distort.ts";
import { loadGallery } from "../parts/gallery.ts";
import { pixels } from "../parts/keras.ts";
import { Lab } from "../parts/lab.ts";
import { fitting } from "../parts/fitting.ts";
import type { StateOf } from "../parts/rules.ts";
import { place } from "../parts/sliding-maps.ts";
import { Source } from "../parts/source.ts";
import { Thinking } from "../parts/thinking.ts";
import { RULES } from "../states.ts";
import { Answers } from "../ui/answers.ts";
import { USERS } from "../ui/colour.ts";
import { button, element, labelled } from "../ui/dom.ts";
import { Grid } from "../ui/grid.ts";
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
  const picture = new Grid("Picture, as the network sees it", { point: () => {}, pin: () => {} });
  const sliders = SLIDERS.map(([name, label, step]) => {
    const { least, most } = RULES.network[name];
    const input = element("input", { type: "range", min: `${least}`, max: `${most}`, step: `${step}` });
    input.addEventListener("input", () => set({ [name]: Number(input.value) }));
    return { name, input, el: labelled(label, input) };
  });
  const [title, answer] = [0, 1].map(() => element("p", { className: "title" }));
  const answers = new Answers(names);
  const look = button("Look inside", () => void thinking.load().then(lab.refresh));
  const status = element("p", { className: "note", role: "status" });
  let image: Image;

  const pixel = (row: number, column: number) => {
    const at = (row * columns + column) * 3;
    return [image.rgb[at], image.rgb[at + 1], image.rgb[at + 2]] as const;
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
        element("section", {}, answer, answers.el, look, status),
      ),
      inside.el,
    ],
    state() {
      const { state } = lab;
      image = source.seen(state);
      source.show(state);
      for (const { name, input } of sliders) input.value = String(state[name]);
      title.textContent = `As the network sees it: ${rows} × ${columns}${channels === 3 ? " × 3" : ""}`;
      picture.paint = source.drawing ? (pixel, starts) => source.paint(pixel, starts) : null;
      picture.show(
        {
          rows,
          columns,
          colour: pixel,
          text: () => "",
          describe: (cell) => `${place(cell)}: ${pixel(cell.row, cell.column).join(", ")}`,
        },
        fitting([picture.el.parentElement!], rows, columns),
      );
      // What is known beforehand is shown without the network, on pages: there it is large, and has to be fetched.
      const asIs = SLIDERS.every(([name]) => state[name] === NEUTRAL[name]) && !state.off.length;
      const before = asIs && typeof state.picture === "string" ? known[state.picture] : undefined;
      if (!thinking.problem && (!before || !linkTo(el, state, state))) void thinking.load();
      const numbers = channels === 3 ? image.rgb : image.rgb.filter((_, i) => i % 3 === 0);
      const input = Float32Array.from(numbers, (value) => (value * model.get("most")) / 255);
      thinking.ask(input, inside.wanted, state.off);
      el.setAttribute("aria-busy", String(thinking.busy));
      const probabilities = thinking.output(thinking.last) ?? before ?? null;
      answers.show(probabilities, thinking.output(thinking.logits));
      answer.textContent = probabilities ? `The network says: ${names[answers.best]}` : "The network is on its way …";
      look.hidden = thinking.started;
      status.textContent = thinking.problem;
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
