import { tensor, type Tensor } from "./tensor.ts";

/**
 * x [..., inputs] times weights [inputs, outputs], plus bias [outputs]: [..., outputs].
 * Throws RangeError where the shapes do not fit one another.
 */
export function dense(x: Tensor, weights: Tensor, bias?: Tensor): Tensor {
  const inputs = x.shape[x.shape.length - 1];
  const [rows, outputs] = weights.shape;
  if (inputs !== rows) {
    throw new RangeError(`The layer has weights for ${rows} inputs, but there are ${inputs}.`);
  }
  if (bias && bias.data.length !== outputs) {
    throw new RangeError(`Each of the ${outputs} outputs needs one bias, but there are ${bias.data.length}.`);
  }
  const result = tensor([...x.shape.slice(0, -1), outputs]);
  for (let from = 0, to = 0; from < x.data.length; from += inputs, to += outputs) {
    if (bias) result.data.set(bias.data, to);
    for (let i = 0; i < inputs; i++) {
      for (let j = 0; j < outputs; j++) result.data[to + j] += x.data[from + i] * weights.data[i * outputs + j];
    }
  }
  return result;
}
