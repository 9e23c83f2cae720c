// For tests/widgets/test_frontend_ops.py: reads [{op, ...arguments}, ...] from standard input and writes what each op
// returns, or {error: its message}.
import { readFileSync } from "node:fs";
import { ACTIVATIONS, slope } from "../src/ops/activation.ts";
import { conv2d } from "../src/ops/conv2d.ts";
import { dense } from "../src/ops/dense.ts";
import { distort } from "../src/ops/distort.ts";
import { dropoutMask } from "../src/ops/dropout.ts";
import { binaryCrossEntropy, crossEntropy } from "../src/ops/loss.ts";
import { normalAt } from "../src/ops/normal.ts";
import { avgPool2d, maxPool2d } from "../src/ops/pool.ts";
import { relu } from "../src/ops/relu.ts";
import { roll } from "../src/ops/roll.ts";
import { softmax } from "../src/ops/softmax.ts";
import { tensor, type Tensor } from "../src/ops/tensor.ts";
import { outputSize, type OutputSize } from "../src/ops/window.ts";

interface Numbers {
  shape: number[];
  data: number[];
}

const read = ({ shape, data }: Numbers): Tensor => tensor(shape, data);
const readBias = (bias?: Numbers) => bias && read(bias);

const each = ({ shape, data }: Numbers, change: (value: number) => number): Tensor => tensor(shape, data.map(change));

const OPS: Record<string, (args: any) => Tensor | OutputSize> = {
  conv2d: ({ input, kernel, bias, ...options }) =>
    conv2d(read(input), read(kernel), { bias: readBias(bias), ...options }),
  max_pool2d: ({ input, ...options }) => maxPool2d(read(input), options),
  avg_pool2d: ({ input, ...options }) => avgPool2d(read(input), options),
  dense: ({ input, weights, bias }) => dense(read(input), read(weights), readBias(bias)),
  relu: ({ input }) => relu(read(input)),
  roll: ({ input, down, right }) => tensor(input.shape, roll(read(input).data, input.shape, down, right)),
  softmax: ({ input }) => softmax(read(input)),
  activation: ({ input, name }) => each(input, ACTIVATIONS[name]),
  slope: ({ input, name }) => each(input, (value) => slope(ACTIVATIONS[name], value)),
  cross_entropy: ({ input, right }) => tensor([], [crossEntropy(input.data, right)]),
  binary_cross_entropy: ({ input, right }) => tensor([], [binaryCrossEntropy(input.data, right)]),
  dropout_mask: ({ count, rate, seed }) => tensor([count], dropoutMask(count, rate, seed)),
  distort: ({ image: { shape, data }, shape: [rows, columns], view }) =>
    tensor([rows, columns, 3], distort(data, shape, [rows, columns], view)),
  normal: ({ shape: [rows, columns, channels] }) => {
    const place = (i: number) => [Math.floor(i / channels / columns), Math.floor(i / channels) % columns] as const;
    const numbers = Array.from({ length: rows * columns * channels }, (_, i) => normalAt(...place(i), i % channels));
    return tensor([rows, columns, channels], numbers);
  },
  output_size: ({ size, kernel, stride, padding, dilation }) => outputSize(size, kernel, stride, padding, dilation),
};

const results = JSON.parse(readFileSync(0, "utf8")).map(({ op, ...args }: { op: string }) => {
  try {
    const result = OPS[op](args);
    return "data" in result ? { shape: result.shape, data: [...result.data] } : result;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(results));
