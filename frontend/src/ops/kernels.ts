// The two loops in which nearly all the time of a network goes, over one memory: four numbers at once where the browser
// has SIMD, and in plain TypeScript where it has not.
import { ACTIVATIONS } from "./activation.ts";
import { SIMD } from "./simd.ts";

/** Pointers and distances are in bytes, as in wasm/simd.ts, which says what each is. */
export interface Kernels {
  readonly memory: Float32Array;
  conv(
    input: number,
    weights: number,
    bias: number,
    output: number,
    rows: number,
    columns: number,
    filters: number,
    kernelRows: number,
    run: number,
    rowBytes: number,
    right: number,
    down: number,
  ): void;
  gelu(at: number, count: number): void;
}

const PAGE = 65_536; // bytes, of WebAssembly's memory

/** Kernels over a memory of `floats` numbers; `simd` false: those in plain TypeScript. */
export function kernels(floats: number, simd = true): Kernels {
  if (simd) {
    try {
      const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * floats) / PAGE) });
      const code = Uint8Array.from(atob(SIMD), (letter) => letter.charCodeAt(0));
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
      return { memory: new Float32Array(memory.buffer), ...(exports as unknown as Pick<Kernels, "conv" | "gelu">) };
    } catch {
      // A browser without SIMD (Safari before 16.4), or a page that may not compile.
    }
  }
  return plain(new Float32Array(floats));
}

const plain = (memory: Float32Array): Kernels => ({
  memory,
  conv(input, weights, bias, output, rows, columns, filters, kernelRows, run, rowBytes, right, down) {
    const [into, across, below, next] = [input >> 2, right >> 2, down >> 2, rowBytes >> 2];
    const sums = new Float64Array(8);
    for (let f = 0; f < filters; f += 8) {
      const block = (weights >> 2) + f * kernelRows * run;
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          for (let i = 0; i < 8; i++) sums[i] = memory[(bias >> 2) + f + i];
          let w = block;
          for (let y = 0; y < kernelRows; y++) {
            const start = into + row * below + column * across + y * next;
            for (let at = start; at < start + run; at++, w += 8) {
              const x = memory[at];
              if (x) for (let i = 0; i < 8; i++) sums[i] += x * memory[w + i];
            }
          }
          memory.set(sums, (output >> 2) + (row * columns + column) * filters + f);
        }
      }
    }
  },
  gelu(at, count) {
    for (let i = at >> 2; i < (at >> 2) + count; i++) memory[i] = ACTIVATIONS.gelu(memory[i]);
  },
});
