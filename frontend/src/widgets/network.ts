// A whole trained network at work: a picture, the maps of every layer, each number of them, and the answer.
import { linkTo } from "../hosts/link.ts";
import type { Model } from "../hosts/model.ts";
import { Lab } from "../parts/lab.ts";
import { Thinking } from "../parts/thinking.ts";
import { Answers } from "../ui/answers.ts";
import { button, choices, element, labelled } from "../ui/dom.ts";
import { Inside } from "./network-inside.ts";
import { Mattered } from "./network-mattered.ts";
import { networkPicture, NetworkPicture } from "./network-picture.ts";

const STRANGE =
  "Whatever you show it, the network answers with one of its words: it has none for what it does not know.";

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const [names, examples, known]: [string[], string[], Record<string, number[]>] = [
    model.get("names"),
    model.get("examples"),
    model.get("known"),
  ];
  const [rows, columns]: [number, number] = model.get("input");
  const lab = new Lab("network", "Network lab", model, el);
  const picture = await networkPicture(model, lab);
  const thinking = new Thinking((name) => model.asset(name), model.get("asset"), lab.refresh);
  const inside = new Inside(lab, thinking, picture.small);
  const mattered = new Mattered(thinking, [rows, columns], (mattered) => lab.set({ mattered }), lab.refresh);
  const title = element("p", { className: "title" });
  const answers = new Answers(names);
  // Where a guess is asked for, what the network says of a picture waits for it.
  const guesses = new Map<unknown, string>();
  const guess = choices([{ value: "", label: "…" }, ...names.map((name) => ({ value: name, label: name }))], (name) => {
    guesses.set(lab.state.picture, name);
    lab.set({});
  });
  const guessed = labelled("Your guess", guess);
  const look = button("Look inside", () => {
    void thinking.load();
    lab.refresh(); // says that it is on its way
  });
  const status = element("p", { className: "note status", role: "status" });
  const said = element("div", {}, answers.el, mattered.el, look, status);
  const drawing = {
    content: [
      element("div", { className: "bar" }, picture.source.el),
      picture.source.hint,
      element("div", { className: "figures two" }, picture.el, element("section", {}, title, guessed, said)),
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
      // While it is at work, what came out last is of another question.
      const output = (index: number) => (thinking.busy && before ? undefined : thinking.output(index));
      const probabilities = output(thinking.last) ?? before ?? null;
      answers.show(probabilities, output(thinking.logits));
      const name = names[answers.best];
      const mine = guesses.get(state.picture);
      const waits = model.get("guess") && !mine;
      guessed.hidden = !waits;
      guess.value = "";
      said.hidden = waits;
      const other = mine ? `, you: ${mine}` : "";
      title.textContent = waits
        ? "What will the network say?"
        : probabilities
          ? `The network says: ${name}${other}`
          : "The network is on its way …";
      mattered.show(state.mattered, answers.best, name, picture.input, model.get("most"), off, inside.place);
      picture.show(
        (pen) => mattered.draw(pen),
        (cell) => mattered.describe(cell),
      );
      look.hidden = thinking.started;
      const strange = examples.includes(state.picture as string) ? "" : STRANGE;
      status.textContent = thinking.problem || mattered.words || strange;
      if (!waits) inside.show();
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
    summary: () => (thinking.packed && thinking.busy ? "" : title.textContent!),
    busy: () => thinking.busy,
    end: () => thinking.end(),
  };
  return lab.start(drawing, () => picture.program(model.get("run")));
}
