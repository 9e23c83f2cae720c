import { tensor, type Tensor } from "./tensor.ts";

/** Scores to probabilities along the last axis; the largest is taken off first, so that no power overflows. */
export function softmax(x: Tensor): Tensor {
  const size = x.shape[x.shape.length - 1];
  const result = tensor(x.shape);
  for (let start = 0; start < x.data.length; start += size) {
    const scores = x.data.subarray(start, start + size);
    const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = scores.map((score) => Math.exp(score - largest));
    const sum = powers.reduce((a, b) => a + b);
    result.data.set(
      powers.map((power) => power / sum),
      start,
    );
  }
  return result;
}
