import { checkAxes, tensor, type Tensor } from "./tensor.ts";
import { pair, windows, type Pair } from "./window.ts";

export interface PoolOptions {
  size?: Pair;
  stride?: Pair; // as the size, unless given
  padding?: "valid" | "same";
}

/** The largest value of each window, channel by channel: [rows, columns, channels] to [rows', columns', channels] */
export function maxPool2d(input: Tensor, options?: PoolOptions): Tensor {
  return pool(input, -Infinity, Math.max, (largest) => largest, options);
}

/** The mean of each window, channel by channel; what lies in the padding is left out, as TensorFlow does. */
export function avgPool2d(input: Tensor, options?: PoolOptions): Tensor {
  return pool(
    input,
    0,
    (sum, value) => sum + value,
    (sum, count) => sum / count,
    options,
  );
}

function pool(
  input: Tensor,
  start: number,
  add: (total: number, value: number) => number,
  finish: (total: number, count: number) => number,
  { size = 2, stride = size, padding = "valid" }: PoolOptions = {},
): Tensor {
  checkAxes("The input", input, "rows, columns, channels");
  const [height, width, channels] = input.shape;
  const window = pair(size);
  const { rows, columns, stride: step } = windows(input.shape, window, { stride, padding });
  const output = tensor([rows.size, columns.size, channels]);
  for (let row = 0, cell = 0; row < rows.size; row++) {
    const top = row * step[0] - rows.before;
    const bottom = Math.min(top + window[0], height);
    for (let column = 0; column < columns.size; column++) {
      const left = column * step[1] - columns.before;
      const right = Math.min(left + window[1], width);
      for (let channel = 0; channel < channels; channel++, cell++) {
        let total = start;
        let count = 0;
        for (let y = Math.max(top, 0); y < bottom; y++) {
          for (let x = Math.max(left, 0); x < right; x++, count++) {
            total = add(total, input.data[(y * width + x) * channels + channel]);
          }
        }
        output.data[cell] = finish(total, count);
      }
    }
  }
  return output;
}
