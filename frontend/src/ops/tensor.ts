/** Numbers in row-major order: images are [rows, columns, channels], kernels [rows, columns, channels, filters]. */
export interface Tensor {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

/** A tensor of `shape` over `values`, or of zeros. Throws RangeError where their number does not fill the shape. */
export function tensor(shape: readonly number[], values?: ArrayLike<number>): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  if (!values) return { data: new Float64Array(size), shape };
  if (values.length !== size) {
    throw new RangeError(`The shape [${shape.join(", ")}] holds ${size} numbers, but there are ${values.length}.`);
  }
  return { data: values instanceof Float64Array ? values : Float64Array.from(values), shape };
}

/** Throws RangeError unless `x` has as many axes as `axes` names. */
export function checkAxes(what: string, x: Tensor, axes: string): void {
  if (x.shape.length !== axes.split(", ").length) {
    throw new RangeError(`${what} must have the axes [${axes}], but its shape is [${x.shape.join(", ")}].`);
  }
}
