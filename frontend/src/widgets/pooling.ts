// A picture, a window that keeps one value of each place where it stands, and where that value comes from.
import type { Model } from "../hosts/model.ts";
import { avgPool2d, maxPool2d } from "../ops/pool.ts";
import { PADDINGS, Settings } from "../parts/settings.ts";
import { inside, under } from "../parts/slide.ts";
import { slidingLab } from "../parts/sliding-lab.ts";
import type { SlidingMaps } from "../parts/sliding-maps.ts";
import { WrittenOut } from "../parts/written-out.ts";
import { element } from "../ui/dom.ts";
import { number, rounded } from "../ui/format.ts";
import type { Cell } from "../ui/grid.ts";
import { Numbers } from "../ui/numbers.ts";

const LAYERS = { max: "MaxPooling2D", average: "AveragePooling2D" };

export const render = (model: Model, el: HTMLElement): Promise<() => void> =>
  slidingLab("pooling", "Pooling lab", model, el, (set, complain) => {
    const settings = new Settings("pooling", set, complain)
      .choice("pooling", "Pooling", { max: "max: the largest", average: "average: the mean" })
      .whole("size", "Window")
      .whole("stride", "Stride")
      .choice("padding", "Padding", PADDINGS);
    const title = element("p", { className: "title" });
    const explanation = new Explanation();
    return {
      controls: [],
      middle: [title, settings.el],
      legend: [],
      settings: [],
      explanation,
      zeros: false,
      channels: () => 1,
      window: ({ size, stride, padding }) => ({ size: [size, size], stride, padding }),
      compute: ({ pooling, size, stride, padding }, input) =>
        (pooling === "max" ? maxPool2d : avgPool2d)(input, { size, stride, padding }),
      show(state) {
        title.textContent = `Window ${state.size} × ${state.size}`;
        settings.show(state);
      },
      colours: () => (value) => [value, value, value], // as grey as the pixels that it comes from
      explain: ({ pooling }, maps) => explanation.show(pooling, maps),
      keras: ({ pooling, size, stride, padding }) => ({
        layers: [`keras.layers.${LAYERS[pooling]}(${size}, strides=${stride}, padding="${padding}")`],
      }),
    };
  });

/** The window at the cell in hand: its numbers, and what is made of them. */
class Explanation extends WrittenOut {
  private numbers!: Numbers;

  show(pooling: "max" | "average", maps: SlidingMaps): void {
    const { slide } = maps.layer;
    const [size] = slide.size;
    this.build([size], size, (cells) => [(this.numbers = new Numbers(size, size, cells)).el]);
    const places = Array.from({ length: size * size }, (_, index) =>
      under(slide, maps.at, Math.floor(index / size), index % size),
    );
    const wins = (place: Cell) => pooling === "max" && maps.pixel(place, 0) === maps.value;
    places.forEach((place, index) => {
      const value = maps.pixel(place, 0);
      if (inside(slide, place))
        this.numbers.set(index, number(value), [value, value, value], wins(place) ? "winner" : "");
      else this.numbers.set(index, "", [0, 0, 0], "padding");
    });
    const within = places.filter((place) => inside(slide, place));
    const values = within.map((place) => maps.pixel(place, 0));
    const winners = within.filter(wins).length;
    const left = places.length - within.length;
    const sum = values.reduce((a, b) => a + b, 0);
    const mean = `${rounded(maps.value) === maps.value ? "=" : "≈"} ${number(maps.value)}`;
    this.say(
      (pooling === "max"
        ? `The largest of ${values.join(", ")} is ${maps.value}.`
        : `(${values.join(" + ")}) / ${values.length} = ${sum} / ${values.length} ${mean}.`) +
        (winners > 1 ? ` ${winners} pixels share it.` : "") +
        (left ? ` ${left === 1 ? "1 place of padding is" : `${left} places of padding are`} left out.` : ""),
    );
  }
}
