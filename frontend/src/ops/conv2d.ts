import { checkAxes, tensor, type Tensor } from "./tensor.ts";
import { windows, type WindowOptions } from "./window.ts";

export interface ConvOptions extends WindowOptions {
  bias?: Tensor; // [filters]
}

/**
 * 2-D convolution as networks do it, which is cross-correlation: the kernel is not flipped.
 *
 * Input [rows, columns, channels] and kernel [rows, columns, channels, filters] give [rows', columns', filters].
 * Throws RangeError where the shapes do not fit one another.
 */
export function conv2d(input: Tensor, kernel: Tensor, options: ConvOptions = {}): Tensor {
  const { bias } = options;
  checkAxes("The input", input, "rows, columns, channels");
  checkAxes("The kernel", kernel, "rows, columns, channels, filters");
  const [height, width, channels] = input.shape;
  const [kernelHeight, kernelWidth, kernelChannels, filters] = kernel.shape;
  if (kernelChannels !== channels) {
    throw new RangeError(`The kernel reads ${kernelChannels} channels, but the input has ${channels}.`);
  }
  if (bias && bias.data.length !== filters) {
    throw new RangeError(`Each of the ${filters} filters needs one bias, but there are ${bias.data.length}.`);
  }
  const { rows, columns, stride, dilation } = windows(input.shape, kernel.shape, options);

  // The input with its zeros around it, so that the loops below ask no questions.
  const line = (columns.before + width + columns.after) * channels;
  const from = new Float64Array((rows.before + height + rows.after) * line);
  for (let y = 0; y < height; y++) {
    const pixels = input.data.subarray(y * width * channels, (y + 1) * width * channels);
    from.set(pixels, (rows.before + y) * line + columns.before * channels);
  }
  // What the window reads, counted from its corner, in the order of the weights.
  const taps: number[] = [];
  for (let i = 0; i < kernelHeight; i++) {
    for (let j = 0; j < kernelWidth; j++) {
      const pixel = i * dilation[0] * line + j * dilation[1] * channels;
      for (let channel = 0; channel < channels; channel++) taps.push(pixel + channel);
    }
  }

  const output = tensor([rows.size, columns.size, filters]);
  const [to, weights] = [output.data, kernel.data];
  if (bias) for (let cell = 0; cell < to.length; cell += filters) to.set(bias.data, cell);
  const step = stride[1] * channels;
  const fours = filters < 8 ? 0 : taps.length - (taps.length % 4);
  for (let row = 0; row < rows.size; row++) {
    const start = row * columns.size * filters;
    const end = start + columns.size * filters;
    const corner = row * stride[0] * line;
    // Many filters: they are innermost, and each output is read and written once for four products.
    for (let tap = 0; tap < fours; tap += 4) {
      const first = tap * filters;
      const [second, third, fourth] = [first + filters, first + 2 * filters, first + 3 * filters];
      for (let cell = start, p = corner; cell < end; cell += filters, p += step) {
        const a = from[p + taps[tap]];
        const b = from[p + taps[tap + 1]];
        const c = from[p + taps[tap + 2]];
        const d = from[p + taps[tap + 3]];
        for (let f = 0; f < filters; f++) {
          const sum = to[cell + f] + a * weights[first + f] + b * weights[second + f];
          to[cell + f] = sum + c * weights[third + f] + d * weights[fourth + f];
        }
      }
    }
    // Few filters, and the taps that are left: the columns are innermost.
    for (let tap = fours; tap < taps.length; tap++) {
      for (let filter = 0; filter < filters; filter++) {
        const weight = weights[tap * filters + filter];
        let p = corner + taps[tap];
        for (let cell = start + filter; cell < end; cell += filters, p += step) to[cell] += from[p] * weight;
      }
    }
  }
  return output;
}
