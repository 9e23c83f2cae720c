// Where a window can stand: the shape arithmetic that convolution and pooling share.

export type Pair = number | readonly [rows: number, columns: number];
export type Padding = "valid" | "same" | number | readonly [rows: AxisPair, columns: AxisPair];
type AxisPair = readonly [before: number, after: number];

/** What a window does along one axis. */
export interface OutputSize {
  size: number; // positions of the window
  before: number; // padding
  after: number;
  dropped: number; // last places of the padded input that no window reaches
}

export const pair = (value: Pair): readonly [number, number] => (typeof value === "number" ? [value, value] : value);

function checkWhole(what: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${what} must be a whole number of at least ${least}, but it is ${value}.`);
  }
}

/**
 * The positions of a window of `kernel` places along an axis of `size` places.
 *
 * "same" is TensorFlow's rule: ceil(size / stride) positions, and of an odd padding the larger part goes after
 * (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
 * Throws RangeError where no window fits.
 */
export function outputSize(
  size: number,
  kernel: number,
  stride = 1,
  padding: "valid" | "same" | number | AxisPair = "valid",
  dilation = 1,
): OutputSize {
  checkWhole("The input size", size, 1);
  checkWhole("The kernel size", kernel, 1);
  checkWhole("The stride", stride, 1);
  checkWhole("The dilation", dilation, 1);
  const span = (kernel - 1) * dilation + 1;
  let [before, after] = [0, 0];
  if (padding === "same") {
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + span - size, 0);
    before = Math.floor(total / 2);
    after = total - before;
  } else if (padding !== "valid") {
    [before, after] = pair(padding);
    checkWhole("The padding", before, 0);
    checkWhole("The padding", after, 0);
  }
  const padded = before + size + after;
  if (span > padded) {
    throw new RangeError(
      `The window spans ${span} pixels but the padded input has only ${padded}, so it fits nowhere: ` +
        "take a smaller window or dilation, or more padding.",
    );
  }
  const last = Math.floor((padded - span) / stride);
  return { size: last + 1, before, after, dropped: padded - span - last * stride };
}

/**
 * How many zeros, before and after together, give `wanted` positions: from `least` to `most`. No number does where
 * `most` is negative: there are more positions without any.
 */
export function zerosFor(
  wanted: number,
  size: number,
  kernel: number,
  stride = 1,
  dilation = 1,
): { least: number; most: number } {
  const least = (wanted - 1) * stride + (kernel - 1) * dilation + 1 - size;
  return { least: Math.max(0, least), most: least + stride - 1 };
}

export interface WindowOptions {
  stride?: Pair; // 1 unless given
  padding?: Padding; // "valid" unless given
  dilation?: Pair; // 1 unless given
}

export interface Windows {
  rows: OutputSize;
  columns: OutputSize;
  stride: readonly [number, number];
  dilation: readonly [number, number];
}

/** `outputSize` of both axes of an image. */
export function windows(
  [height, width]: readonly number[],
  [kernelHeight, kernelWidth]: readonly number[],
  { stride = 1, padding = "valid", dilation = 1 }: WindowOptions = {},
): Windows {
  const strides = pair(stride);
  const dilations = pair(dilation);
  const [rowPadding, columnPadding] = typeof padding === "object" ? padding : [padding, padding];
  return {
    rows: outputSize(height, kernelHeight, strides[0], rowPadding, dilations[0]),
    columns: outputSize(width, kernelWidth, strides[1], columnPadding, dilations[1]),
    stride: strides,
    dilation: dilations,
  };
}
