// How a kernel learns from an image and the map that a secret kernel makes of it: gradient descent by Adam, as Keras
// does it, on all places of the image at once.
import type { Tensor } from "./tensor.ts";
import { windows } from "./window.ts";

const RATE = 0.1;
const [MEAN, SQUARE, EPSILON] = [0.9, 0.999, 1e-7]; // of Adam, as in Keras

export interface Step {
  weights: number[]; // row by row
  loss: number; // that these weights have: the mean square of what the map is off
}

/**
 * For each two places of a kernel of `size`, the mean product of the pixels under them, over all its places on an image
 * [rows, columns, 1]. Of the image no more is needed: what a map is off is a weighted sum of pixels, too. Throws
 * RangeError where the kernel does not fit.
 */
export function moments({ data, shape }: Tensor, size: readonly [number, number]): number[][] {
  const { rows, columns } = windows(shape, size, {});
  const taps = Array.from({ length: size[0] * size[1] }, (_, tap) => [Math.floor(tap / size[1]), tap % size[1]]);
  const under = (row: number, column: number, [i, j]: number[]) => data[(row + i) * shape[1] + column + j];
  return taps.map((a) =>
    taps.map((b) => {
      let sum = 0;
      for (let row = 0; row < rows.size; row++)
        for (let column = 0; column < columns.size; column++) sum += under(row, column, a) * under(row, column, b);
      return sum / (rows.size * columns.size);
    }),
  );
}

/** `steps` steps from `start` towards `secret`, the start among them. */
export function learn(products: number[][], secret: number[], start: number[], steps: number): Step[] {
  const mean = start.map(() => 0);
  const square = start.map(() => 0);
  let weights = start;
  return Array.from({ length: steps + 1 }, (_, step) => {
    const off = weights.map((weight, tap) => weight - secret[tap]);
    const slope = products.map((row) => row.reduce((sum, product, tap) => sum + product * off[tap], 0));
    const now = { weights, loss: slope.reduce((sum, along, tap) => sum + along * off[tap], 0) };
    const rate = (RATE * Math.sqrt(1 - SQUARE ** (step + 1))) / (1 - MEAN ** (step + 1));
    weights = weights.map((weight, tap) => {
      const gradient = 2 * slope[tap];
      mean[tap] += (1 - MEAN) * (gradient - mean[tap]);
      square[tap] += (1 - SQUARE) * (gradient ** 2 - square[tap]);
      return weight - (rate * mean[tap]) / (Math.sqrt(square[tap]) + EPSILON);
    });
    return now;
  });
}
