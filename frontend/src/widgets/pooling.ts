// A picture, a window that keeps one value of each place where it stands, where that value comes from, and which values
// change when the picture moves.
import type { Model } from "../hosts/model.ts";
import { avgPool2d, maxPool2d } from "../ops/pool.ts";
import { roll } from "../ops/roll.ts";
import { tensor, type Tensor } from "../ops/tensor.ts";
import type { StateOf } from "../parts/rules.ts";
import { PADDINGS, Settings } from "../parts/settings.ts";
import { inside, under } from "../parts/slide.ts";
import { slidingLab } from "../parts/sliding-lab.ts";
import { alike, type SlidingMaps } from "../parts/sliding-maps.ts";
import { WrittenOut } from "../parts/written-out.ts";
import { RULES } from "../states.ts";
import { diverging } from "../ui/colour.ts";
import { button, element } from "../ui/dom.ts";
import { number, rounded, short } from "../ui/format.ts";
import type { Cell } from "../ui/grid.ts";
import { Numbers } from "../ui/numbers.ts";
import { ValueMap } from "../ui/value-map.ts";

const LAYERS = { max: "MaxPooling2D", average: "AveragePooling2D" };
const FURTHEST = RULES.pooling.down.most;
const WAYS = {
  "←": ["left", "right", -1],
  "↑": ["up", "down", -1],
  "↓": ["down", "down", 1],
  "→": ["right", "right", 1],
} as const;

export const render = (model: Model, el: HTMLElement): Promise<() => void> =>
  slidingLab("pooling", "Pooling lab", model, el, (lab) => {
    const { set, complain } = lab;
    const simple = model.get("simple");
    let state!: StateOf<"pooling">; // as shown last
    let maps: SlidingMaps | undefined;
    let unmoved!: Tensor;
    let [change, columns]: [Float64Array, number] = [new Float64Array(), 0]; // of the outputs, since the move
    const settings = new Settings("pooling", lab)
      .choice("pooling", "Pooling", { max: "max: the largest", average: "average: the mean" })
      .numeric("size", "Window")
      .numeric("stride", "Stride");
    const [title, words] = [element("p", { className: "title" }), element("p", { role: "status" })];
    const pad = element("div", { className: "tools" });
    if (!simple) {
      pad.append(element("p", {}, "Move the picture"));
      settings.choice("padding", "Padding", PADDINGS);
      for (const [arrow, [name, trait, by]] of Object.entries(WAYS)) {
        const move = () => {
          const to = lab.state[trait] + by;
          if (Math.abs(to) > FURTHEST) complain(`${FURTHEST} pixels at most.`);
          else set({ [trait]: to });
        };
        pad.append(button(arrow, move, { "aria-label": `Move ${name}` }));
      }
    }
    const map = new ValueMap(
      "Change",
      alike(() => maps),
    );
    const place = element("section"); // of that map
    const moved = () => state.down || state.right;
    const explanation = new Explanation();
    return {
      controls: [],
      middle: [title, settings.el, pad],
      ...(simple ? { legend: [] } : { legend: [place], below: [words] }),
      settings: [],
      explanation,
      zeros: false,
      channels: () => 1,
      window: ({ size, stride, padding }) => ({ size: [size, size], stride, padding }),
      compute({ pooling, size, stride, padding, down, right }, input) {
        const run = (x: Tensor) => (pooling === "max" ? maxPool2d : avgPool2d)(x, { size, stride, padding });
        unmoved = tensor(input.shape, roll(input.data, input.shape, -down, -right));
        const { shape, data } = run(input);
        const before = down || right ? run(unmoved) : { data };
        change = data.map((value, i) => value - before.data[i]);
        columns = shape[1];
        const along = roll(before.data, shape, down / stride, right / stride);
        const [count, agree] = [change.filter(Boolean).length, data.filter((value, i) => value === along[i]).length];
        const amiss = count ? "The stride does not divide the move." : "";
        const mean = change.reduce((sum, value) => sum + Math.abs(value), 0) / change.length;
        const [y, x] = [down < 0 ? "up" : "down", right < 0 ? "left" : "right"];
        const way = (step: number) => `${Math.abs(down) / step} ${y}, ${Math.abs(right) / step} ${x}`;
        words.textContent =
          `Moved in a circle, ${way(1)}: ${count} of ${change.length} outputs changed, on average by ${short(mean)}. ` +
          (down % stride || right % stride ? amiss : `With the old output moved ${way(stride)}, ${agree} agree.`);
        return { shape, data };
      },
      show(now) {
        state = now;
        words.hidden = !moved();
        title.textContent = `Window ${state.size} × ${state.size}`;
        settings.show(state);
      },
      colours() {
        const [least, most] = [Math.min(...change), Math.max(...change)];
        place.replaceChildren(...(moved() ? [map.el] : []));
        map.title.textContent = `Change ${number(least)} to ${number(most)}`;
        // The smallest change is to be seen, too.
        const share = (value: number) => Math.sign(value) / 4 + (0.75 * value) / Math.max(-least, most);
        // As large as the output above it, so that cells stand below one another.
        if (moved()) map.show(change, columns, (value) => diverging(value && share(value)), null, maps?.cellSize);
        return (value) => [value, value, value]; // as grey as the pixels that it comes from
      },
      explain({ pooling }, now) {
        maps = now;
        if (moved()) map.mark(now.at);
        explanation.show(pooling, now);
      },
      keras: ({ pooling, size, stride, padding, down, right }) => ({
        input: unmoved,
        before: [`image = np.roll(image, (${down}, ${right}), axis=(0, 1))`],
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
    const [winners, left] = [within.filter(wins).length, places.length - within.length];
    const sum = values.reduce((a, b) => a + b, 0);
    const mean = `${rounded(maps.value) === maps.value ? "=" : "≈"} ${number(maps.value)}`;
    this.say(
      (values.length < 2
        ? `One value is kept as it is: ${maps.value}.`
        : pooling === "max"
          ? `The largest of ${values.join(", ")} is ${maps.value}.`
          : `(${values.join(" + ")}) / ${values.length} = ${sum} / ${values.length} ${mean}.`) +
        (winners > 1 ? ` ${winners} pixels share it.` : "") +
        (left ? ` ${left === 1 ? "1 place of padding is" : `${left} places of padding are`} left out.` : ""),
    );
  }
}
