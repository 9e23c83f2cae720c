// A whole trained network at work: a picture, the maps of every layer, each number of them, and the answer.
import { linkTo } from "../hosts/link.ts";
import type { Model } from "../hosts/model.ts";
import { Lab } from "../parts/lab.ts";
import { Thinking } from "../parts/thinking.ts";
import { Answers } from "../ui/answers.ts";
import { button, element } from "../ui/dom.ts";
import { Inside } from "./network-inside.ts";
import { Mattered } from "./network-mattered.ts";
import { networkPicture, NetworkPicture } from "./network-picture.ts";

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const [names, known]: [string[], Record<string, number[]>] = [model.get("names"), model.get("known")];
  const [rows, columns]: [number, number] = model.get("input");
  const lab = new Lab("network", "Network lab", model, el);
  const picture = await networkPicture(model, lab);
  const thinking = new Thinking((name) => model.asset(name), model.get("asset"), lab.refresh);
  const inside = new Inside(lab, thinking);
  const mattered = new Mattered(thinking, [rows, columns], (mattered) => lab.set({ mattered }), lab.refresh);
  const title = element("p", { className: "title" });
  const answers = new Answers(names);
  const look = button("Look inside", () => {
    void thinking.load();
    lab.refresh(); // says that it is on its way
  });
  const status = element("p", { className: "note status", role: "status" });
  const drawing = {
    content: [
      element("div", { className: "bar" }, picture.source.el),
      picture.source.hint,
      element(
        "div",
        { className: "figures two" },
        picture.el,
        element("section", {}, title, answers.el, mattered.el, look, status),
      ),
      inside.el,
    ],
    state() {
      const { state } = lab;
      const { off } = state;
      picture.take(state);
      // What is known beforehand is shown without the network, on pages: there it is large, and has to be fetched.
      const asIs = NetworkPicture.isNeutral(state) && !off.length && state.mattered === "nothing";
      const before = asIs && typeof state.picture === "string" ? known[state.picture] : undefined;
      if (!thinking.problem && (!before || !linkTo(el, state, state))) void thinking.load();
      thinking.ask(picture.input, inside.wanted, off);
      el.setAttribute("aria-busy", String(thinking.busy));
      const probabilities = thinking.output(thinking.last) ?? before ?? null;
      answers.show(probabilities, thinking.output(thinking.logits));
      const name = names[answers.best];
      title.textContent = probabilities ? `The network says: ${name}` : "The network is on its way …";
      mattered.show(state.mattered, answers.best, name, picture.input, model.get("most"), off);
      picture.show(
        (pen) => mattered.draw(pen),
        (cell) => mattered.describe(cell),
      );
      look.hidden = thinking.started;
      status.textContent = thinking.problem || mattered.words;
      inside.show();
    },
    marks() {
      const field = inside.mark();
      if (field) picture.mark(field);
    },
    reset() {
      picture.source.reset();
      picture.camera.stop();
      inside.reset();
    },
    summary: () => title.textContent!,
    end() {
      picture.camera.stop();
      thinking.end();
    },
  };
  return lab.start(drawing, () => picture.program(model.get("run")));
}
