// A number that the reader gives before the text does; then the two are compared.
import type { Model } from "../hosts/model.ts";
import { RULES } from "../states.ts";
import { button, element, labelled } from "../ui/dom.ts";
import { number, parse } from "../ui/format.ts";
import { marked } from "../ui/marked.ts";

interface Mistake {
  value: number;
  why: string;
}

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const [answer, within]: number[] = [model.get("answer"), model.get("within")];
  const mistakes: Mistake[] = model.get("mistakes");
  let open = false; // the answer is asked for
  const field = element("input", { className: "spin", autocomplete: "off", enterKeyHint: "done", size: 10 });
  const verdict = element("p", { className: "verdict", role: "status", tabIndex: -1 });
  const reveal = button("Show the answer", () => {
    open = true;
    show();
    verdict.focus({ preventScroll: true }); // the button goes
  });
  const compare = element("button", { type: "submit" }, "Compare");
  const form = element("form", { className: "tools" }, labelled("Your guess", field), compare, reveal);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const guess = parse(field.value.replace(/\s*[%％]\s*$/, ""), RULES.guess.guess.most);
    if (Number.isNaN(guess)) {
      verdict.className = "verdict";
      verdict.textContent = "Write a number without commas or spaces, such as 12000, −0.5 or 1/9.";
      return;
    }
    model.set("guess", guess);
    model.save_changes();
    verdict.scrollIntoView({ block: "nearest" });
  });
  const question = element("p", { className: "question" }, ...marked(model.get("question")));
  el.append(element("div", { className: "quiz" }, question, form, verdict));

  const show = () => {
    const guess: number | null = model.get("guess");
    const right = guess !== null && Math.abs(guess - answer) <= within;
    reveal.hidden = guess === null || right || open;
    verdict.className = `verdict ${guess === null ? "" : right ? "right" : "wrong"}`;
    verdict.replaceChildren();
    if (guess === null) return void (field.value = "");
    if (parse(field.value, RULES.guess.guess.most) !== guess) field.value = number(guess, 17);
    const mistake = mistakes.find(({ value }) => value === guess)?.why;
    const direction = guess < answer ? "It is more." : "It is less.";
    const words = right
      ? [`✓ Right${guess === answer ? "" : `: it is ${number(answer)}`}.`, model.get("why")]
      : [
          `✗ Not ${number(guess)}.`,
          mistake ?? direction,
          ...(open ? [`It is ${number(answer)}.`, model.get("why")] : []),
        ];
    verdict.append(...marked(words.filter(Boolean).join(" ")));
  };
  const changed = () => {
    open = false;
    show();
  };
  show();
  model.on("change:guess", changed);
  return () => {
    model.off("change:guess", changed);
    el.replaceChildren();
  };
}
