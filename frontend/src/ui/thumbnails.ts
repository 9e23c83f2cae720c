// Many small pictures, each a button; those beyond the first are shown when they are asked for.
import { button, element } from "./dom.ts";
import type { Image } from "./image.ts";

const AT_ONCE = 60;

export interface Thumbnail {
  image: Image;
  name: string; // for those who do not see it
}

/** A picture, `zoom` times as large. */
export function picture({ width, height, rgb }: Image, zoom: number): HTMLCanvasElement {
  const canvas = element("canvas", { width, height, className: "pixels", "aria-hidden": "true" });
  Object.assign(canvas.style, { width: `${width * zoom}px`, height: `${height * zoom}px` });
  const context = canvas.getContext("2d")!;
  const data = context.createImageData(width, height);
  data.data.fill(255);
  for (let i = 0; i < rgb.length; i++) data.data[i + Math.floor(i / 3)] = rgb[i];
  context.putImageData(data, 0, 0);
  return canvas;
}

export class Thumbnails {
  private readonly list = element("div", { className: "thumbnails" });
  private readonly more = button("", () => this.add(), { hidden: true });
  readonly el = element("div", {}, this.list, this.more);
  private left: number[] = [];
  private readonly draw: (index: number) => Thumbnail;
  private readonly open: (index: number) => void;

  /** `draw` makes the picture with an index; `open` is told which was pressed. */
  constructor(draw: (index: number) => Thumbnail, open: (index: number) => void) {
    [this.draw, this.open] = [draw, open];
  }

  show(indices: number[]): void {
    this.left = indices.slice();
    this.list.replaceChildren();
    this.add();
  }

  private add(): void {
    for (const index of this.left.splice(0, AT_ONCE)) {
      const { image, name } = this.draw(index);
      const press = button("", () => this.open(index), { "aria-label": name, title: name });
      press.append(picture(image, 2));
      this.list.append(press);
    }
    this.more.hidden = !this.left.length;
    this.more.textContent = `Show ${Math.min(AT_ONCE, this.left.length)} more`;
  }
}
