// The arithmetic of the widgets, apart from Keras: tests/widgets/test_frontend_ops.py compares the two.
import assert from "node:assert/strict";
import test from "node:test";
import { conv2d, type ConvOptions } from "../src/ops/conv2d.ts";
import { dense } from "../src/ops/dense.ts";
import { avgPool2d, maxPool2d } from "../src/ops/pool.ts";
import { relu } from "../src/ops/relu.ts";
import { softmax } from "../src/ops/softmax.ts";
import { tensor, type Tensor } from "../src/ops/tensor.ts";
import { windows } from "../src/ops/window.ts";

const ones = (...shape: number[]) => tensor(shape, tensor(shape).data.fill(1));

/** Numbers from -1 to 1, the same in every run. */
function noise(...shape: number[]): Tensor {
  let seed = 1;
  const next = () => (seed = (seed * 48271) % 2147483647); // Park and Miller, 1988
  return tensor(
    shape,
    tensor(shape).data.map(() => next() / 1073741823.5 - 1),
  );
}

/** The definition, output by output. */
function slowConv2d(input: Tensor, kernel: Tensor, options: ConvOptions): Tensor {
  const [height, width, channels] = input.shape;
  const [tall, wide, , filters] = kernel.shape;
  const { rows, columns, stride, dilation } = windows(input.shape, kernel.shape, options);
  const output = tensor([rows.size, columns.size, filters]);
  for (let at = 0; at < output.data.length; at++) {
    const [filter, cell] = [at % filters, Math.floor(at / filters)];
    const [row, column] = [Math.floor(cell / columns.size), cell % columns.size];
    let sum = options.bias?.data[filter] ?? 0;
    for (let i = 0; i < tall; i++) {
      const y = row * stride[0] - rows.before + i * dilation[0];
      for (let j = 0; j < wide; j++) {
        const x = column * stride[1] - columns.before + j * dilation[1];
        if (y < 0 || x < 0 || y >= height || x >= width) continue; // padding adds nothing
        for (let channel = 0; channel < channels; channel++) {
          const weight = kernel.data[((i * wide + j) * channels + channel) * filters + filter];
          sum += input.data[(y * width + x) * channels + channel] * weight;
        }
      }
    }
    output.data[at] = sum;
  }
  return output;
}

const before = [1, 0] as const;
const SETTINGS: ConvOptions[] = [
  {},
  { padding: "same", stride: 2 },
  { padding: [before, before], stride: [1, 3], dilation: [2, 1] },
];
for (const filters of [1, 7, 8, 32]) {
  for (const channels of [1, 3, 4, 6]) {
    test(`conv2d adds as its definition does, to the last bit: ${channels} channels, ${filters} filters`, () => {
      const [input, kernel, biases] = [noise(9, 11, channels), noise(3, 2, channels, filters), noise(filters)];
      for (const options of [...SETTINGS, ...SETTINGS.map((options) => ({ ...options, bias: biases }))]) {
        assert.deepEqual(conv2d(input, kernel, options), slowConv2d(input, kernel, options));
      }
    });
  }
}

const [image, kernel] = [ones(4, 5, 2), ones(3, 3, 2, 6)];
const IMPOSSIBLE: [what: string, compute: () => Tensor, reason: RegExp][] = [
  ["a kernel larger than the input", () => conv2d(image, ones(7, 7, 2, 1)), /spans 7 pixels/],
  ["a kernel dilated too far", () => conv2d(image, kernel, { dilation: 3 }), /smaller window or dilation/],
  ["stride 0", () => conv2d(image, kernel, { stride: 0 }), /stride must be .* at least 1/],
  ["half a stride", () => conv2d(image, kernel, { stride: [1, 1.5] }), /whole number/],
  ["dilation 0", () => conv2d(image, kernel, { dilation: 0 }), /dilation must be/],
  ["negative padding", () => conv2d(image, kernel, { padding: -1 }), /padding must be/],
  ["other channels", () => conv2d(image, ones(1, 1, 3, 1)), /reads 3 channels/],
  ["too few biases", () => conv2d(image, kernel, { bias: ones(2) }), /Each of the 6 filters needs one bias/],
  ["no channel axis", () => conv2d(ones(4, 5), kernel), /must have the axes/],
  ["missing numbers", () => relu(tensor([2, 2], [1, 2, 3])), /\[2, 2\] holds 4 numbers, but there are 3/],
  ["a window larger than the input", () => maxPool2d(image, { size: 5 }), /spans 5 pixels/],
  ["an empty window", () => avgPool2d(image, { size: [0, 2] }), /kernel size must be/],
  ["other inputs", () => dense(ones(3), ones(2, 4)), /weights for 2 inputs/],
  ["too many biases", () => dense(ones(2), ones(2, 4), ones(5)), /Each of the 4 outputs needs one bias/],
];
for (const [what, compute, reason] of IMPOSSIBLE) {
  test(`${what}: explained in a sentence`, () => {
    assert.throws(
      compute,
      (error) => error instanceof RangeError && reason.test(error.message) && /^[A-Z].*\.$/.test(error.message),
    );
  });
}

test("softmax of scores that no exponential holds", () => {
  assert.deepEqual([...softmax(tensor([2, 2], [1e4, 1e4, -1e4, 0])).data], [0.5, 0.5, 0, 1]);
});
