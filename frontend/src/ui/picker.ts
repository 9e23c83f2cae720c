// Where a picture comes from: a list, a file, a drop, a paste. Nothing leaves the page.
import { choices, element, labelled } from "./dom.ts";
import { FileDrop } from "./file-drop.ts";
import { readImage, type Image } from "./image.ts";
import { quoted } from "./message.ts";

const PATIENCE = 300; // milliseconds that a reader may wait without a word

export interface PickerActions {
  choose(name: string): void;
  take(image: Image): void;
  complain(message: string): void;
  busy(message: string): void; // what takes a while
}

export class Picker {
  readonly el: HTMLElement;
  readonly hint = element("p", { className: "hint" }, "You can also drop a picture here, or click here and paste one.");
  private readonly select: HTMLSelectElement;
  private readonly reading = element("span", { hidden: true });
  private readonly own = element("option", { value: "" }, "your own");
  private readonly actions: PickerActions;
  private readonly side: number;
  private wait = 0; // the timer of the file that is being read, if one is

  /** `names` can be chosen from the list; other pictures are brought to at most `side` pixels a side. */
  constructor(names: string[], side: number, actions: PickerActions) {
    this.actions = actions;
    this.side = side;
    const list = names.map((name) => ({ value: name, label: name }));
    this.select = choices(list, (name) => {
      this.cancel();
      if (name) actions.choose(name);
    });
    const open = new FileDrop("Open…", (files) => void this.read(files), "A picture", "image/*");
    const choose = [labelled("Picture", this.select), open.button, open.field];
    this.el = element("div", { className: "tools" }, ...choose, this.reading);
  }

  /** Shows which picture is chosen: one of the list, or "" for the reader's own. */
  show(name: string): void {
    if (name) this.own.remove();
    else this.select.append(this.own);
    this.select.value = name;
  }

  /** Takes what is dropped on `target`, or pasted while it has the focus: a press anywhere in it gives it the focus. */
  listen(target: HTMLElement): void {
    target.tabIndex = -1;
    target.addEventListener("dragover", (event) => {
      if (!isField(event.target) || event.dataTransfer?.types.includes("Files")) event.preventDefault();
    });
    target.addEventListener("drop", (event) => this.receive(event, event.dataTransfer, "dropped"));
    target.addEventListener("paste", (event) => this.receive(event, event.clipboardData, "pasted"));
  }

  /** Forgets the file that is being read, if one is: the reader has chosen something else. */
  cancel(): void {
    clearTimeout(this.wait);
    this.wait = 0;
    this.reading.hidden = true;
  }

  private receive(event: Event, data: DataTransfer | null, how: string): void {
    const files = [...(data?.files ?? [])];
    // A field takes text: cells of a spreadsheet bring a picture of themselves along.
    if (isField(event.target) && (!files.length || data!.types.includes("text/plain"))) return;
    event.preventDefault();
    if (files.length) void this.read(files);
    else this.actions.complain(`What you ${how} is not a picture file. Save the picture first, then open the file.`);
  }

  /** Takes the first picture of `files`, unless the reader chooses another one before it is read. */
  private async read(files: File[]): Promise<void> {
    const { take, complain, busy } = this.actions;
    const file = files.find(({ type }) => type.startsWith("image/")) ?? files[0];
    this.cancel();
    const turn = (this.wait = setTimeout(() => {
      this.reading.textContent = `Reading ${quoted(file.name)} …`;
      this.reading.hidden = false;
      busy(this.reading.textContent);
    }, PATIENCE));
    const first = `One picture at a time: of your ${files.length} files this is ${quoted(file.name)}.`;
    let [image, problem]: [Image | null, string] = [null, files.length > 1 ? first : ""];
    try {
      image = await readImage(file, this.side);
    } catch (error) {
      problem = (error as Error).message;
    }
    if (turn !== this.wait) return;
    this.cancel();
    if (image) take(image);
    if (problem) complain(problem);
  }
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
