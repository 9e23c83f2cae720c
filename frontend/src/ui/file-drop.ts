// A file that the reader chooses or drops. It does not leave the page.
import { button, element } from "./dom.ts";

export class FileDrop {
  readonly button: HTMLButtonElement;
  readonly field = element("input", { type: "file", hidden: true });
  private readonly take: (files: File[]) => void;

  /** `take` gets what is chosen, or dropped where `listen` was told to; `what` is chosen, of the types `accept`. */
  constructor(label: string, take: (files: File[]) => void, what = "A file", accept = "") {
    this.take = take;
    this.field.accept = accept;
    this.field.addEventListener("change", () => {
      const files = [...(this.field.files ?? [])];
      this.field.value = ""; // so that the same file can be taken again
      if (files.length) take(files);
    });
    this.button = button(label, () => this.field.click(), {
      title: `${what} of yours. It does not leave your device.`,
    });
  }

  listen(target: HTMLElement): void {
    target.addEventListener("dragover", (event) => event.preventDefault());
    target.addEventListener("drop", (event) => {
      event.preventDefault();
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length) this.take(files);
    });
  }
}
