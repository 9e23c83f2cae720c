// How far something has come that takes a while, and a button that stops it or lets it go on.
import { button, element } from "./dom.ts";

export class Progress {
  private readonly bar: HTMLProgressElement;
  private readonly words = element("p");
  private readonly button: HTMLButtonElement;
  readonly el: HTMLElement;

  /** `name` says what is counted, for a screen reader; `press` is called when the button is pressed. */
  constructor(name: string, press: () => void) {
    this.bar = element("progress", { "aria-label": name });
    this.button = button("", press);
    this.el = element("div", { className: "tools", hidden: true }, this.bar, this.words, this.button);
  }

  /** `label` is that of the button, "" where there is nothing to show; `total` 0: nobody knows how much there is. */
  show(label: string, words: string, done = 0, total = 0): void {
    this.el.hidden = !label;
    this.bar.hidden = !total;
    [this.bar.max, this.bar.value] = [total || 1, done];
    this.words.textContent = words;
    this.button.textContent = label;
  }
}
