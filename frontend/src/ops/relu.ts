import { tensor, type Tensor } from "./tensor.ts";

/** Negative values become 0, the others stay; any shape. */
export function relu(x: Tensor): Tensor {
  return tensor(
    x.shape,
    x.data.map((value) => Math.max(value, 0)),
  );
}
