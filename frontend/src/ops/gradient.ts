// How the score of a class moves with the numbers of a layer: backpropagation through the layers behind it, as
// cnnbook/analysis/attribution.py has it from Keras.
import { ACTIVATIONS, slope } from "./activation.ts";
import { inputShape } from "./field.ts";
import type { Packed } from "./packed.ts";
import { windows } from "./window.ts";

/** From what comes out of a function to its slope there. */
const SLOPES: Record<string, (output: number) => number> = {
  linear: () => 1,
  relu: (output) => (output > 0 ? 1 : 0),
  sigmoid: (output) => output * (1 - output),
  tanh: (output) => 1 - output ** 2,
};

/** Whether layer `index` only makes probabilities of scores, the logits: then these are what is explained. */
const isSoftmax = ({ layers }: Packed, index: number) =>
  layers[index].kind === "Softmax" || (layers[index].kind === "Activation" && layers[index].activation === "softmax");

/**
 * The gradient of the score of `label` with respect to the output of layer `from`; `output` gives what came out of a
 * layer, by its index. Throws RangeError at a layer that it cannot pass; the message names it.
 */
export function gradient(
  packed: Packed,
  output: (index: number) => ArrayLike<number>,
  from: number,
  label: number,
): Float64Array {
  const { layers } = packed;
  const last = layers.length - 1;
  const next: Float64Array = new Float64Array(layers[last].shape.reduce((product, n) => product * n, 1));
  next[label] = 1;
  return backwards(packed, output, isSoftmax(packed, last) ? last - 1 : last, next, from);
}

/**
 * The gradient with respect to the output of layer `to` (−1: the input) of a sum over the numbers of layer `index`,
 * each times its `weight`; throws as `gradient` does.
 */
export function backwards(
  packed: Packed,
  output: (index: number) => ArrayLike<number>,
  index: number,
  weight: Float64Array,
  to: number,
): Float64Array {
  for (let i = index; i > to; i--) weight = back(packed, output, i, weight, packed.layers.length - 1);
  return weight;
}

function back(
  packed: Packed,
  output: (index: number) => ArrayLike<number>,
  index: number,
  after: Float64Array,
  last: number,
): Float64Array {
  const layer = packed.layers[index];
  const { name, kind, activation = "linear" } = layer;
  const [rows, columns, channels] = inputShape(packed, index);
  const before = new Float64Array(rows * columns * channels);
  const [into, out] = [output(index - 1), output(index)];
  switch (kind) {
    case "Flatten":
    case "Dropout":
      return after;
    case "Rescaling":
      return after.map((value) => value * layer.scale!);
    case "BatchNormalization": {
      const factor = packed.array(name, "factor")![1];
      return after.map((value, i) => value * factor[factor.length > 1 ? i % channels : 0]);
    }
    case "ReLU":
      return after.map((value, i) => (out[i] > 0 ? value : 0));
    case "Activation":
      if (activation === "softmax") break;
      return after.map((value, i) => value * slope(ACTIVATIONS[activation], into[i]));
    case "Conv2D":
    case "Dense": {
      const steep = index === last && activation === "softmax" ? SLOPES.linear : SLOPES[activation];
      if (!steep) break;
      const [shape, kernel] = packed.array(name, "kernel")!;
      const filters = shape[shape.length - 1];
      const size = kind === "Dense" ? [1, 1] : shape;
      const window = windows([rows, columns], size, { stride: layer.strides, padding: layer.padding });
      each(window, size, [rows, columns], (cell, from, tap) => {
        for (let filter = 0; filter < filters; filter++) {
          const value = after[cell * filters + filter] * steep(out[cell * filters + filter]);
          if (!value) continue;
          for (let c = 0; c < channels; c++)
            before[from * channels + c] += value * kernel[(tap * channels + c) * filters + filter];
        }
      });
      return before;
    }
    case "MaxPooling2D":
    case "AveragePooling2D":
    case "GlobalMaxPooling2D":
    case "GlobalAveragePooling2D": {
      const size = layer.pool_size ?? [rows, columns];
      const window = windows([rows, columns], size, { stride: layer.strides ?? 1, padding: layer.padding });
      const counts = new Float64Array(window.rows.size * window.columns.size);
      each(window, size, [rows, columns], (cell) => counts[cell]++);
      const taken = new Set<number>(); // of equal numbers the first is the largest
      each(window, size, [rows, columns], (cell, from) => {
        for (let c = 0; c < channels; c++) {
          const at = cell * channels + c;
          if (!kind.includes("Max")) before[from * channels + c] += after[at] / counts[cell];
          else if (!taken.has(at) && into[from * channels + c] === out[at]) {
            before[from * channels + c] += after[at];
            taken.add(at);
          }
        }
      });
      return before;
    }
  }
  throw new RangeError(`The layer “${name}” (${kind}, ${activation}) is none that gradients can pass here.`);
}

/** Calls `act` with each output cell, each input place below its window, and the number of that place in the window. */
function each(
  { rows, columns, stride }: ReturnType<typeof windows>,
  [high, wide]: readonly number[],
  [height, width]: readonly [number, number],
  act: (cell: number, from: number, tap: number) => void,
): void {
  for (let cell = 0; cell < rows.size * columns.size; cell++) {
    const top = Math.floor(cell / columns.size) * stride[0] - rows.before;
    const left = (cell % columns.size) * stride[1] - columns.before;
    for (let tap = 0; tap < high * wide; tap++) {
      const [y, x] = [top + Math.floor(tap / wide), left + (tap % wide)];
      if (y >= 0 && y < height && x >= 0 && x < width) act(cell, y * width + x, tap);
    }
  }
}

/** How strongly each pixel could move a number: the steepest of its channels, without sign. */
export const steepest = (gradient: Float64Array, channels: number): Float64Array =>
  Float64Array.from({ length: gradient.length / channels }, (_, pixel) =>
    gradient
      .subarray(pixel * channels, (pixel + 1) * channels)
      .reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );

/** Where the maps of a layer speak for a class: their sum, each times the mean of its gradient; negative sums are 0. */
export function gradCam(maps: ArrayLike<number>, gradient: Float64Array, count: number): Float64Array {
  const places = maps.length / count;
  const weights = new Float64Array(count);
  gradient.forEach((value, i) => (weights[i % count] += value / places));
  return Float64Array.from({ length: places }, (_, place) =>
    Math.max(
      0,
      weights.reduce((sum, weight, map) => sum + weight * maps[place * count + map], 0),
    ),
  );
}
