// Where a picture comes from: a list, a file, a drop, a paste. Nothing leaves the page.
import { button, choices, element, labelled } from "./dom.ts";
import { readImage, type Image } from "./image.ts";

export interface PickerActions {
  choose(name: string): void;
  take(image: Image): void;
  complain(message: string): void;
}

export class Picker {
  readonly el: HTMLElement;
  readonly hint = element("p", { className: "hint" }, "You can also drop a picture here, or click here and paste one.");
  private readonly select: HTMLSelectElement;
  private readonly own = element("option", { value: "" }, "your own");
  private readonly actions: PickerActions;
  private readonly side: number;
  private latest: File | null = null; // a large one may take longer than the next

  /** `names` can be chosen from the list; other pictures are brought to at most `side` pixels a side. */
  constructor(names: string[], side: number, actions: PickerActions) {
    this.actions = actions;
    this.side = side;
    this.select = choices(names.map((name) => ({ value: name, label: name })), (name) => name && actions.choose(name));
    const file = element("input", { type: "file", accept: "image/*", hidden: true });
    file.addEventListener("change", () => {
      if (file.files?.length) void this.read(file.files[0]);
      file.value = ""; // so that the same file can be taken again
    });
    const open = button("Open…", () => file.click(), {
      title: "A picture of yours. It does not leave your device.",
    });
    this.el = element("div", { className: "tools" }, labelled("Picture", this.select), open, file);
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
    target.addEventListener("dragover", (event) => event.preventDefault());
    target.addEventListener("drop", (event) => this.receive(event, event.dataTransfer, "dropped"));
    target.addEventListener("paste", (event) => {
      // Text pasted into a field is for that field.
      if (!(event.target instanceof HTMLInputElement)) this.receive(event, event.clipboardData, "pasted");
    });
  }

  private receive(event: Event, data: DataTransfer | null, how: string): void {
    event.preventDefault();
    if (data?.files.length) void this.read(data.files[0]);
    else this.actions.complain(`What you ${how} is not a picture file. Save the picture first, then open the file.`);
  }

  private async read(file: File): Promise<void> {
    this.latest = file;
    try {
      const image = await readImage(file, this.side);
      if (file === this.latest) this.actions.take(image);
    } catch (problem) {
      if (file === this.latest) this.actions.complain((problem as Error).message);
    }
  }
}
