// The picture of a lab: chosen, opened, dropped, pasted or drawn, and the size at which the layer sees it.
import { choices, labelled, element } from "../ui/dom.ts";
import { DrawTools } from "../ui/draw.ts";
import type { Cell } from "../ui/grid.ts";
import { restore, shrink, store, type Image, type StoredImage } from "../ui/image.ts";
import { Picker } from "../ui/picker.ts";
import type { Gallery } from "./gallery.ts";

const SIDES = [8, 12, 16, 24, 32, 48, 64];
const LARGEST = 64; // of what a state holds

export interface PictureState {
  picture: string | StoredImage;
  side: number;
}

export interface Actions {
  state(): PictureState;
  set(changes: Partial<PictureState>): void;
  refresh(): void;
  complain(message: string): void;
  say(message: string): void;
}

export class Source {
  readonly el: HTMLElement;
  readonly hint: HTMLElement;
  private readonly picker: Picker;
  private readonly tools: DrawTools;
  private readonly side: HTMLSelectElement;
  private sides = ""; // that it offers
  private readonly gallery: Gallery;
  private readonly actions: Actions;

  constructor(gallery: Gallery, target: HTMLElement, actions: Actions) {
    [this.gallery, this.actions] = [gallery, actions];
    const { set, complain, say } = actions;
    const take = (image: Image) => set({ picture: store(image) });
    this.picker = new Picker(Object.keys(gallery), LARGEST, {
      choose: (picture) => set({ picture }),
      take,
      complain,
      busy: say,
    });
    this.picker.listen(target);
    this.hint = this.picker.hint;
    this.tools = new DrawTools(actions.refresh, () => {
      this.picker.cancel();
      const { width, height } = this.seen(actions.state());
      take({ width, height, rgb: new Uint8Array(width * height * 3) });
    });
    this.side = choices([], (side) => set({ side: Number(side) }));
    this.el = element("div", { className: "tools" }, this.picker.el, labelled("Size", this.side), this.tools.el);
  }

  /** Whether pointing at the picture draws on it. */
  get drawing(): boolean {
    return this.tools.on;
  }

  /** Draws no longer, and waits no longer for a file that is being read. */
  reset(): void {
    this.tools.stop();
    this.picker.cancel();
  }

  /** The picture as the layer sees it. */
  seen({ picture, side }: PictureState): Image {
    return shrink(typeof picture === "string" ? this.gallery[picture] : restore(picture), side);
  }

  /** A line of ink to a pixel; what is drawn on is the picture as it is seen. */
  paint(pixel: Cell, starts: boolean): void {
    this.picker.cancel();
    this.actions.set({ picture: store(this.tools.stroke(this.seen(this.actions.state()), pixel, starts)) });
  }

  /** Offers no size that the picture does not have. */
  show({ picture, side }: PictureState): void {
    const { width, height } = typeof picture === "string" ? this.gallery[picture] : picture;
    const largest = Math.max(width, height);
    const sides = [...new Set([...SIDES.filter((pixels) => pixels < largest), Math.min(side, largest), largest])].sort(
      (a, b) => a - b,
    );
    if (sides.join() !== this.sides) {
      const name = (pixels: number) => (pixels <= 8 ? `${pixels}, with numbers` : `${pixels} pixels`);
      this.side.replaceChildren(...sides.map((pixels) => element("option", { value: String(pixels) }, name(pixels))));
    }
    this.sides = sides.join();
    this.side.value = String(Math.min(side, largest));
    this.picker.show(typeof picture === "string" ? picture : "");
  }
}
