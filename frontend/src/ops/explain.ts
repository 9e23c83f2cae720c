// Where a number of a network comes from: what was added up, or compared, in the layer that made it.
import { inputShape } from "./field.ts";
import type { Packed } from "./packed.ts";
import { windows } from "./window.ts";

/** What one map of the input, or one number, contributes. */
export interface Term {
  channel: number;
  value: number;
  patch: number[]; // row by row; what lies in the padding is NaN
  weights: number[]; // as many, or none
}

export interface Story {
  kind: "sum" | "max" | "mean" | "scaled" | "function" | "share" | "same";
  size: readonly [rows: number, columns: number]; // of the patches
  terms: Term[]; // the largest first
  bias: number;
  total: number; // of the terms and the bias; what the activation of the layer is applied to
}

/** The story of the number of layer `index` at this place; `input` is what went into the layer. */
export function explain(
  packed: Packed,
  index: number,
  input: ArrayLike<number>,
  [row, column, channel]: readonly [number, number, number],
): Story {
  const layer = packed.layers[index];
  const { name, kind } = layer;
  const [rows, columns, channels] = inputShape(packed, index);
  const at = (y: number, x: number, c: number) =>
    y < 0 || x < 0 || y >= rows || x >= columns ? NaN : input[(y * columns + x) * channels + c];
  /** The patch of each of `which` channels below a window; weights of the filter `channel`, where there is a kernel. */
  const patches = (
    size: readonly number[],
    strides: readonly [number, number],
    padding: "valid" | "same" | undefined,
    which: number[],
    kernel?: ArrayLike<number>,
    filters = 1,
  ): Term[] => {
    const window = windows([rows, columns], size, { stride: strides, padding });
    const [top, left] = [row * strides[0] - window.rows.before, column * strides[1] - window.columns.before];
    return which.map((c) => {
      const places = Array.from({ length: size[0] * size[1] }, (_, i) => [Math.floor(i / size[1]), i % size[1]]);
      const patch = places.map(([y, x]) => at(top + y, left + x, c));
      const weights = kernel ? places.map((_, i) => kernel[(i * channels + c) * filters + channel]) : [];
      const value = patch.reduce((sum, x, i) => sum + (Number.isNaN(x) ? 0 : x * (weights[i] ?? 1)), 0);
      return { channel: c, value, patch, weights };
    });
  };
  const story = (of: Story["kind"], terms: Term[], rest: Partial<Story> = {}): Story => ({
    kind: of,
    size: [1, 1],
    terms: [...terms].sort((a, b) => Math.abs(b.value) - Math.abs(a.value)),
    bias: 0,
    total: terms.reduce((sum, { value }) => sum + value, rest.bias ?? 0),
    ...rest,
  });
  const every = Array.from({ length: channels }, (_, c) => c);
  const one = (value: number, c = channel): Term => ({ channel: c, value, patch: [value], weights: [] });
  const here = at(row, column, channel);
  switch (kind) {
    case "Conv2D":
    case "Dense": {
      const [shape, kernel] = packed.array(name, "kernel")!;
      const size = (kind === "Dense" ? [1, 1] : shape.slice(0, 2)) as [number, number];
      const terms = patches(size, layer.strides ?? [1, 1], layer.padding, every, kernel, shape[shape.length - 1]);
      return story("sum", terms, { size, bias: packed.array(name, "bias")?.[1][channel] ?? 0 });
    }
    case "BatchNormalization": {
      const [factor, term] = ["factor", "term"].map((what) => {
        const numbers = packed.array(name, what)![1];
        return numbers[numbers.length > 1 ? channel : 0];
      });
      return story("scaled", [{ ...one(here), value: here * factor, weights: [factor] }], { bias: term });
    }
    case "Rescaling":
      return story("scaled", [{ ...one(here), value: here * layer.scale!, weights: [layer.scale!] }], {
        bias: layer.offset,
      });
    case "MaxPooling2D":
    case "AveragePooling2D":
    case "GlobalMaxPooling2D":
    case "GlobalAveragePooling2D": {
      const size = layer.pool_size ?? ([rows, columns] as const);
      const [term] = patches(size, layer.strides ?? [1, 1], layer.padding, [channel]);
      const inside = term.patch.filter((value) => !Number.isNaN(value));
      const largest = kind.includes("Max");
      const total = largest ? Math.max(...inside) : term.value / inside.length;
      return story(largest ? "max" : "mean", [{ ...term, value: total }], { size, total });
    }
    case "Softmax":
      return story(
        "share",
        every.map((c) => one(at(row, column, c), c)),
        { total: here },
      );
    case "Flatten":
      return story("same", [one(input[channel], channel % channels)]);
    case "Dropout":
      return story("same", [one(here)]);
    default:
      return layer.activation === "softmax"
        ? story(
            "share",
            every.map((c) => one(at(row, column, c), c)),
            { total: here },
          )
        : story("function", [one(here)]);
  }
}
