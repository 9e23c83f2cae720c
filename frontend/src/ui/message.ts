// What a reader should know now, until something else is done or the message is closed.
import { button, element, oncePerFrame } from "./dom.ts";

const LONGEST_QUOTE = 40; // letters
const LONGEST_PRESS = 400; // milliseconds

export class Message {
  private static shown?: Message; // there is one place for them all
  private readonly text = element("span");
  private press?: ReturnType<typeof setTimeout>; // the timer of one that may be under way
  private from: HTMLElement | null = null; // where the focus was before it came to the close button
  readonly el = element("div", { className: "notice message", role: "alert", hidden: true }, this.text);

  constructor() {
    const close = button("×", () => this.close(), { "aria-label": "Close this message" });
    close.addEventListener("focus", ({ relatedTarget }) => (this.from = relatedTarget as HTMLElement | null));
    this.el.append(close);
  }

  /** Shows `text`; "" hides. */
  show(text: string): void {
    if (text) {
      if (Message.shown !== this) Message.shown?.show("");
      Message.shown = this;
      // It may come up under a press that is not over, which means something else.
      this.el.style.pointerEvents = "none";
      clearTimeout(this.press);
      this.press = setTimeout(() => (this.el.style.pointerEvents = ""), LONGEST_PRESS);
    }
    this.text.textContent = text;
    this.el.hidden = !text;
    const listen = text ? document.addEventListener : document.removeEventListener;
    listen.call(document, "keydown", this.onKey);
    for (const event of ["focusin", "scroll"]) listen.call(document, event, this.place.ask, true);
    if (text) this.place.ask();
  }

  private close(): void {
    const inHand = this.el.querySelector(":focus");
    this.show("");
    if (inHand) this.from?.focus({ preventScroll: true });
  }

  private readonly onKey = (event: Event): void => {
    if ((event as KeyboardEvent).key === "Escape") this.close();
  };

  /** Keeps to the half of the window where the focus is not. */
  private readonly place = oncePerFrame(() => {
    const root = this.el.getRootNode() as Document | ShadowRoot; // the focus may be in the next widget
    const box = root.querySelector(":focus")?.getBoundingClientRect();
    this.el.classList.toggle("above", box !== undefined && box.top + box.bottom > innerHeight);
  });
}

/** What a reader typed or named, in quotation marks, and not too long to be read. */
export function quoted(text: string): string {
  const letters = [...text];
  return `“${letters.length > LONGEST_QUOTE ? `${letters.slice(0, LONGEST_QUOTE - 1).join("")}…` : text}”`;
}
