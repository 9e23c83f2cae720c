// The picture of a lab: chosen, opened, dropped, pasted or drawn, and the size at which the layer sees it.
import { roll } from "../ops/roll.ts";
import { LARGEST_SIDE } from "../states.ts";
import { choices, labelled, element } from "../ui/dom.ts";
import { DrawTools } from "../ui/draw.ts";
import type { Cell } from "../ui/grid.ts";
import { restore, shrink, store, type Image, type StoredImage } from "../ui/image.ts";
import { Picker } from "../ui/picker.ts";
import type { Gallery } from "./gallery.ts";

const SIDES = [8, 12, 16, 24, 32, 48, LARGEST_SIDE];
export const HOW_TO_DRAW = "Draw on the picture. With the keyboard: arrows move, Space draws.";
const NUMBERED = 37; // letters: where a lab is as wide, a picture of 8 pixels has its numbers in it

export interface PictureState {
  picture: string | StoredImage;
  side?: number; // a lab without it sees every picture in a size of its own
  down?: number; // how far it is moved, in pixels of the picture that the layer sees
  right?: number;
}

/** `image`, moved; what leaves comes in on the other side. */
const moved = (image: Image, down = 0, right = 0): Image => ({
  ...image,
  rgb: roll(image.rgb, [image.height, image.width], down, right),
});

/** What the layer sees of a picture, and the picture of which it sees `drawn`. */
interface View {
  see(image: Image, state: any): Image;
  unsee(drawn: Image, state: any): Image;
}

const WHOLE: View = {
  see: (image, { side, down, right }) => moved(shrink(image, side), down, right),
  unsee: (drawn, { down = 0, right = 0 }) => moved(drawn, -down, -right),
};

/** What a lab with a picture has. */
interface PictureLab {
  readonly el: HTMLElement;
  readonly state: PictureState;
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
  private names = ""; // of the sizes that it offers
  private readonly gallery: Gallery;
  private readonly lab: PictureLab;
  private readonly set: PictureLab["set"];
  private readonly view: View;

  /**
   * Takes what is dropped or pasted on `lab`, too; `set` stands for the lab's where more follows from a picture. A
   * layer sees the whole of it, made smaller and moved, unless there is another `view`.
   */
  constructor(gallery: Gallery, lab: PictureLab, set: PictureLab["set"] = (changes) => lab.set(changes), view = WHOLE) {
    [this.gallery, this.lab, this.set, this.view] = [gallery, lab, set, view];
    const take = (image: Image) => set({ picture: store(image) });
    this.picker = new Picker(Object.keys(gallery), LARGEST_SIDE, {
      choose: (picture) => set({ picture }),
      take,
      complain: (message) => lab.complain(message),
      busy: (message) => lab.say(message),
    });
    this.picker.listen(lab.el);
    this.hint = this.picker.hint;
    this.tools = new DrawTools(lab.refresh, () => {
      this.picker.cancel();
      const { width, height } = this.seen(lab.state);
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
  seen(state: PictureState): Image {
    const { picture } = state;
    return this.view.see(typeof picture === "string" ? this.gallery[picture] : restore(picture), state);
  }

  /** A line of ink to a pixel; what is drawn on is the picture as it is seen. A line beside it changes nothing. */
  paint(pixel: Cell, starts: boolean): void {
    const seen = this.seen(this.lab.state);
    const drawn = this.tools.stroke(seen, pixel, starts);
    if (drawn.rgb.every((value, i) => value === seen.rgb[i])) return;
    this.picker.cancel();
    this.set({ picture: store(this.view.unsee(drawn, this.lab.state)) });
  }

  /** Offers no size that the picture does not have. */
  show({ picture, side }: PictureState): void {
    this.picker.show(typeof picture === "string" ? picture : "");
    this.side.parentElement!.hidden = side === undefined;
    if (side === undefined) return;
    const { width, height } = typeof picture === "string" ? this.gallery[picture] : picture;
    const largest = Math.max(width, height);
    const sides = [...new Set([...SIDES.filter((pixels) => pixels < largest), Math.min(side, largest), largest])].sort(
      (a, b) => a - b,
    );
    const numbered = this.lab.el.clientWidth >= NUMBERED * parseFloat(getComputedStyle(this.lab.el).fontSize);
    const names = sides.map((pixels) => (pixels <= 8 && numbered ? `${pixels}, with numbers` : `${pixels} pixels`));
    if (names.join() !== this.names) {
      this.side.replaceChildren(...sides.map((pixels, i) => element("option", { value: String(pixels) }, names[i])));
    }
    this.names = names.join();
    this.side.value = String(Math.min(side, largest));
  }
}
