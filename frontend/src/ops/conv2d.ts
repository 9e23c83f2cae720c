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
  const output = tensor([rows.size, columns.size, filters]);
  const [from, weights, to] = [input.data, kernel.data, output.data];
  if (bias) for (let cell = 0; cell < to.length; cell += filters) to.set(bias.data, cell);

  // Weight by weight along whole rows of the output, so that the innermost loop is long and asks no questions.
  const step = stride[1] * channels;
  for (let row = 0; row < rows.size; row++) {
    for (let i = 0; i < kernelHeight; i++) {
      const y = row * stride[0] - rows.before + i * dilation[0];
      if (y < 0 || y >= height) continue; // padding adds nothing
      for (let j = 0; j < kernelWidth; j++) {
        const offset = j * dilation[1] - columns.before; // column `c` of the output reads x = c · stride + offset
        const first = Math.max(Math.ceil(-offset / stride[1]), 0);
        const end = Math.min(Math.ceil((width - offset) / stride[1]), columns.size);
        const pixel = (y * width + first * stride[1] + offset) * channels;
        for (let channel = 0; channel < channels; channel++) {
          for (let filter = 0; filter < filters; filter++) {
            const weight = weights[((i * kernelWidth + j) * channels + channel) * filters + filter];
            let cell = (row * columns.size + first) * filters + filter;
            for (let c = first, p = pixel + channel; c < end; c++, p += step, cell += filters) to[cell] += from[p] * weight;
          }
        }
      }
    }
  }
  return output;
}
