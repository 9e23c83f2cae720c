// What labs do with kernels.
import { tensor, type Tensor } from "../ops/tensor.ts";
import type { Kernel } from "./rules.ts";

/** `kernel` with more or fewer rows and columns; its middle stays in the middle, and what is new is 0. */
export function resized(kernel: Kernel, rows: number, columns: number): Kernel {
  const from = (now: number, wanted: number) => Math.floor(now / 2) - Math.floor(wanted / 2);
  const [top, left] = [from(kernel.length, rows), from(kernel[0].length, columns)];
  const zeros = () => Array(kernel[0][0].length).fill(0); // new ones for each cell: the reader changes them one by one
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => kernel[i + top]?.[j + left] ?? zeros()),
  );
}

/** `kernel` as the only filter of a layer. */
export const weights = (kernel: Kernel): Tensor =>
  tensor([kernel.length, kernel[0].length, kernel[0][0].length, 1], kernel.flat(2));
