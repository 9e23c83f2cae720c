// Reads [{op, ...arguments}, ...] from standard input; writes what each op returns, or {error: its message}.
import { readFileSync } from "node:fs";
import { conv2d } from "../../frontend/src/ops/conv2d.ts";
import { dense } from "../../frontend/src/ops/dense.ts";
import { avgPool2d, maxPool2d } from "../../frontend/src/ops/pool.ts";
import { relu } from "../../frontend/src/ops/relu.ts";
import { softmax } from "../../frontend/src/ops/softmax.ts";
import { tensor } from "../../frontend/src/ops/tensor.ts";
import { outputSize } from "../../frontend/src/ops/window.ts";

const read = (value) => value && tensor(value.shape, value.data);

const OPS = {
  conv2d: ({ input, kernel, bias, ...options }) => conv2d(read(input), read(kernel), { bias: read(bias), ...options }),
  max_pool2d: ({ input, ...options }) => maxPool2d(read(input), options),
  avg_pool2d: ({ input, ...options }) => avgPool2d(read(input), options),
  dense: ({ input, weights, bias }) => dense(read(input), read(weights), read(bias)),
  relu: ({ input }) => relu(read(input)),
  softmax: ({ input }) => softmax(read(input)),
  output_size: ({ size, kernel, stride, padding, dilation }) => outputSize(size, kernel, stride, padding, dilation),
};

const results = JSON.parse(readFileSync(0, "utf8")).map(({ op, ...args }) => {
  try {
    const result = OPS[op](args);
    return result.data ? { shape: result.shape, data: [...result.data] } : result;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(results));
