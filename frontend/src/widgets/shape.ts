// One side of a picture: where a window can stand on it, what it reads there, and how large the map gets.
import type { Model } from "../hosts/model.ts";
import { outputSize } from "../ops/window.ts";
import { Lab } from "../parts/lab.ts";
import type { StateOf } from "../parts/rules.ts";
import { Settings } from "../parts/settings.ts";
import type { Slide } from "../parts/slide.ts";
import { element } from "../ui/dom.ts";
import { Stairs } from "./shape-stairs.ts";
import { compare, counted, formula, inKeras, inPyTorch, paddingFor, program, type Answer } from "./shape-words.ts";

const LABELS = { size: "Pixels", kernel: "Kernel", stride: "Stride", dilation: "Dilation" } as const;

/** How the window slides over the pixels, as over a picture that is one pixel high. */
function along({ size, kernel, stride, padding, dilation }: StateOf<"shape">): Slide {
  const around = typeof padding === "number" ? padding : 0;
  const axis = (columns = { size: 0, before: around, after: around, dropped: 0 }, problem = ""): Slide => ({
    ...{ height: 1, width: size, size: [1, kernel], stride, dilation, columns, problem },
    rows: { size: 1, before: 0, after: 0, dropped: 0 },
  });
  try {
    return axis(outputSize(size, kernel, stride, padding, dilation));
  } catch (problem) {
    return axis(undefined, (problem as RangeError).message);
  }
}

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const lab = new Lab("shape", "Shape lab", model, el);
  const offered: string[] = model.get("settings");
  const settings = new Settings("shape", lab.set.bind(lab), lab.complain.bind(lab));
  for (const name of ["size", "kernel", "stride", "dilation"] as const)
    if (offered.includes(name)) settings.numeric(name, LABELS[name]);
  if (offered.includes("padding")) settings.padding("padding");
  if (offered.includes("wanted")) settings.numeric("wanted", "Outputs wanted");
  const [title, inHand, unread, sums, differ, answer] = Array.from({ length: 6 }, () => element("p"));
  title.className = "title";
  const problem = element("p", { className: "notice", role: "status" });
  const how = element(
    "p",
    { className: "note" },
    "Point at a pixel to see who reads it, at a line to see what it reads.",
  );
  const answers = element("table");
  const libraries = element("div", {}, answers, differ);
  const stairs = new Stairs(lab);
  const story = element("section", { className: "story" }, sums, libraries, answer);
  sums.style.whiteSpace = "pre-wrap";
  answer.hidden = !offered.includes("wanted");
  return lab.start(
    {
      content: [settings.el, element("section", {}, title, problem, stairs.grid.el, how), inHand, unread, story],
      state() {
        const { state } = lab;
        const slide = along(state);
        settings.show(state);
        problem.textContent = slide.problem;
        problem.hidden = !slide.problem;
        sums.hidden = unread.hidden = Boolean(slide.problem);
        libraries.hidden = sums.hidden || !offered.includes("libraries");
        story.hidden = sums.hidden && answer.hidden;
        const [pixels, outputs] = [counted(state.size, "pixel"), counted(slide.columns.size || "no", "output")];
        title.textContent = `${pixels} in, ${outputs} out`;
        stairs.show(slide);
        answer.textContent = paddingFor(state);
        if (slide.problem) return;
        unread.textContent = stairs.unread();
        sums.textContent = formula(state, slide.columns);
        const both = [inKeras(state), inPyTorch(state)] as const;
        answers.replaceChildren(...sideBySide(...both));
        differ.textContent = compare(state, ...both);
      },
      marks() {
        stairs.mark();
        inHand.textContent = stairs.inHand();
      },
      reset: () => stairs.reset(),
      summary: () => problem.textContent || `${title.textContent}. ${unread.textContent}`,
      end() {},
    },
    () => program(lab.state),
  );
}

function sideBySide(...answers: Answer[]): HTMLElement[] {
  const row = (head: string, tag: "td" | "th", cells: string[]) =>
    element("tr", {}, element("th", {}, head), ...cells.map((cell) => element(tag, {}, cell)));
  return [
    row("library", "th", ["Keras", "PyTorch"]),
    row(
      "setting",
      "td",
      answers.map(({ code }) => code),
    ),
    row(
      "zeros",
      "td",
      answers.map(({ axis }) => (axis ? `${axis.before} before, ${axis.after} after` : "–")),
    ),
    row(
      "outputs",
      "td",
      answers.map(({ axis }) => String(axis?.size ?? "none")),
    ),
  ];
}
