// One question, a few answers: choosing one says why it is right or wrong.
import type { Model } from "../hosts/model.ts";
import { element, freshId } from "../ui/dom.ts";
import { marked } from "../ui/marked.ts";

interface Choice {
  text: string;
  right: boolean;
  why: string;
}

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const choices: Choice[] = model.get("choices");
  const name = freshId();
  const verdict = element("p", { className: "verdict", role: "status" });

  const buttons = choices.map((_, index) => {
    const button = element("input", { type: "radio", name });
    button.addEventListener("change", () => {
      model.set("chosen", index);
      model.save_changes();
      verdict.scrollIntoView({ block: "nearest" });
    });
    return button;
  });
  const labels = choices.map(({ text }, index) =>
    element("label", { className: "choice" }, buttons[index], element("span", {}, ...marked(text))),
  );
  const legend = element("legend", {}, ...marked(model.get("question")));
  el.append(element("fieldset", { className: "quiz" }, legend, ...labels, verdict));

  const show = () => {
    const chosen: number | null = model.get("chosen");
    const choice = choices[chosen ?? -1];
    buttons.forEach((button, index) => (button.checked = index === chosen));
    labels.forEach((label, index) => {
      label.classList.toggle("right", index === chosen && choice.right);
      label.classList.toggle("wrong", index === chosen && !choice.right);
    });
    verdict.className = `verdict ${choice ? (choice.right ? "right" : "wrong") : ""}`;
    verdict.replaceChildren(
      ...(choice ? [choice.right ? "✓ Right. " : "✗ Not this one. ", ...marked(choice.why)] : []),
    );
  };
  show();
  model.on("change:chosen", show);
  return () => {
    model.off("change:chosen", show);
    el.replaceChildren();
  };
}
