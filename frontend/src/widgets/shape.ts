// One side of a picture: where a window can stand on it, what it reads there, and how large the map gets.
import type { Model } from "../hosts/model.ts";
import { Lab } from "../parts/lab.ts";
import { Settings } from "../parts/settings.ts";
import { element } from "../ui/dom.ts";
import { counted, listed } from "../ui/format.ts";
import { Stairs } from "../ui/stairs.ts";
import { along, formula, libraries, paddingFor, program, reads } from "./shape-words.ts";

const NUMBERS = { size: "Pixels", kernel: "Kernel", stride: "Stride", dilation: "Dilation" };

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const lab = new Lab("shape", "Shape lab", model, el);
  const offers = (name: string): boolean => model.get("settings").includes(name);
  const settings = new Settings("shape", lab);
  for (const [name, label] of Object.entries(NUMBERS) as [keyof typeof NUMBERS, string][])
    if (offers(name)) settings.numeric(name, label);
  if (offers("padding")) settings.padding("padding");
  if (offers("wanted")) settings.numeric("wanted", "Outputs wanted");
  const problem = element("p", { className: "notice", role: "status" });
  const [title, unread, sums, differ, answer] = Array.from({ length: 5 }, () => element("p"));
  const table = element("table");
  const both = element("div", {}, table, differ);
  const story = element("section", { className: "story" }, sums);
  if (offers("libraries")) story.append(both);
  if (offers("wanted")) story.append(answer);
  title.className = "title";
  sums.style.whiteSpace = "pre-wrap";
  const stairs = new Stairs((words) => lab.say(words));
  stairs.el.prepend(title, problem);
  return lab.start(
    {
      content: [settings.el, stairs.el, stairs.words, unread, story],
      state() {
        const { state } = lab;
        const { columns, problem: why } = along(state);
        settings.show(state);
        problem.textContent = why;
        problem.hidden = !why;
        for (const part of [unread, sums, both]) part.hidden = Boolean(why);
        story.hidden = Boolean(why) && !offers("wanted");
        title.textContent = `${counted(state.size, "pixel")} in, ${counted(columns.size || "no", "output")} out`;
        stairs.show(state.size, columns.before, columns.after, reads(state, columns.size));
        const never = `${counted(stairs.unread.length, "pixel")} never read (hatched): ${listed(stairs.unread)}.`;
        unread.textContent = stairs.unread.length ? never : "Every pixel is read.";
        sums.textContent = formula(state, columns);
        answer.textContent = paddingFor(state);
        const { rows, words } = libraries(state);
        const cells = rows.map((row, i) => row.map((text, j) => element(i && j ? "td" : "th", {}, text)));
        table.replaceChildren(...cells.map((row) => element("tr", {}, ...row)));
        differ.textContent = words;
      },
      reset: () => stairs.reset(),
      summary: () => problem.textContent || `${title.textContent}. ${unread.textContent}`,
    },
    () => program(lab.state),
  );
}
