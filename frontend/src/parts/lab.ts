// What every lab has: its state, one redraw a frame, words for eyes and ears, and what the reader takes away.
import { linkTo } from "../hosts/link.ts";
import type { Model } from "../hosts/model.ts";
import { RULES } from "../states.ts";
import { copyButton } from "../ui/copy.ts";
import { button, element, oncePerFrame } from "../ui/dom.ts";
import { Large } from "../ui/large.ts";
import { Message } from "../ui/message.ts";
import type { KindName, StateOf } from "./rules.ts";

/** What a reader's hand works on: the state as it is, which may be newer than what is drawn. */
export interface Hands<State> {
  readonly state: State;
  set(changes: Partial<State>): void;
  complain(message: string): void; // "" takes it back
}

/** What is drawn in a lab. */
export interface Drawing {
  content: HTMLElement[];
  state(): void; // draws what follows from the state
  marks?(): void; // draws what is pointed at
  reset?(): void; // forgets what is not in the state
  summary(): string; // what a change has led to, for a screen reader
  busy?(): boolean; // whether more will come of it, and be drawn
  end?(): void;
}

export class Lab<Name extends KindName> implements Hands<StateOf<Name>> {
  readonly el: HTMLElement;
  private readonly model: Model;
  private readonly names: (keyof StateOf<Name> & string)[];
  private readonly initial: StateOf<Name>;
  private readonly message = new Message();
  private readonly live = element("div", { className: "unseen", role: "status" });
  private drawing!: Drawing;
  private stale = true; // the state has changed; else only what is pointed at
  private unheard = false; // the reader has changed the state, and not been told what came of it
  private readonly frame = oncePerFrame(() => this.draw());

  /** A lab of this kind in `el`, called `name`; nothing is shown before `start`. */
  constructor(kind: Name, name: string, model: Model, el: HTMLElement) {
    [this.model, this.el] = [model, el];
    this.names = Object.keys(RULES[kind]) as typeof this.names;
    this.initial = this.state;
    el.setAttribute("role", "group");
    el.setAttribute("aria-label", name);
    // Keys pressed here are not for JupyterLab, the arrows neither: those it takes from whatever has the focus.
    const keep = (target: HTMLElement) => (target.dataset.lmSuppressShortcuts = "true");
    keep(el);
    el.addEventListener("focusin", ({ target }) => keep(target as HTMLElement));
  }

  get state(): StateOf<Name> {
    return Object.fromEntries(this.names.map((name) => [name, this.model.get(name)])) as StateOf<Name>;
  }

  /** The reader changes the state. */
  set(changes: Partial<StateOf<Name>>): void {
    this.complain("");
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    this.model.save_changes();
    this.unheard = true;
    this.refresh();
  }

  /** For ears alone. */
  say(text: string): void {
    this.live.textContent = text;
    this.unheard = false;
  }

  /** For eyes and ears; "" takes it back. */
  complain(text: string): void {
    this.message.show(text);
  }

  /** Asks for a new drawing of what is pointed at. */
  remark(): void {
    this.frame.ask();
  }

  /** Asks for a new drawing of everything. */
  refresh = (): void => {
    this.stale = true;
    this.frame.ask();
  };

  /** Draws what has changed at once: before the next press of a hand that moves with what it has pressed. */
  now(): void {
    this.frame.stop();
    this.draw();
  }

  /**
   * Puts `drawing` on the page and keeps it true, until the function that is returned is called; `program` writes the
   * lab as one, in `language`.
   */
  start(drawing: Drawing, program: () => string, language = "Keras"): () => void {
    const { el, names, model } = this;
    this.drawing = drawing;
    const say = (text: string) => this.say(text);
    const [copyProgram, programText] = copyButton(`Copy as ${language}`, program, say);
    const [copyLink, linkText] = copyButton("Copy link", () => linkTo(el, this.initial, this.state) ?? "", say);
    copyLink.hidden = linkTo(el, this.initial, this.initial) === null;
    const reset = button("Reset", () => {
      drawing.reset?.();
      this.set(this.initial);
      programText.hidden = linkText.hidden = true;
      say("Everything is as it was at first.");
    });
    const large = new Large(el);
    const tools = element("div", { className: "tools" }, copyProgram, copyLink, reset, large.button);
    el.replaceChildren(
      element("div", { className: "lab" }, ...drawing.content, tools, programText, linkText, this.live),
      this.message.el,
    );
    names.forEach((name) => model.on(`change:${name}`, this.refresh));
    let width = 0;
    const resize = new ResizeObserver(() => {
      if (el.clientWidth !== width) this.refresh();
      width = el.clientWidth;
    });
    resize.observe(el);
    this.draw();
    return () => {
      large.leave();
      resize.disconnect();
      names.forEach((name) => model.off(`change:${name}`, this.refresh));
      drawing.reset?.(); // what is on its way comes no more
      drawing.end?.();
      this.frame.stop();
      this.complain("");
      el.replaceChildren();
    };
  }

  private draw(): void {
    if (this.stale) this.drawing.state();
    this.stale = false;
    this.drawing.marks?.();
    if (!this.unheard) return;
    this.say(this.drawing.summary());
    this.unheard = this.drawing.busy?.() ?? false;
  }
}
