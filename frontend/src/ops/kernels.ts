// The loops in which nearly all the time of a network goes, over one memory: four numbers at once where the browser has
// SIMD, a product and its sum in one step where it has relaxed SIMD, and in plain TypeScript where it has neither.
import { ACTIVATIONS } from "./activation.ts";
import { decode64 } from "./base64.ts";
import { RELAXED, SIMD } from "./simd.ts";

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
  relu(at: number, count: number): void;
  affine(input: number, output: number, count: number, factors: number, terms: number, period: number): void;
  pool(
    input: number,
    output: number,
    channels: number,
    rows: number,
    columns: number,
    rowBytes: number,
    largest: boolean,
  ): void;
}

const PAGE = 65_536; // bytes, of WebAssembly's memory
const COMPILED = { relaxed: [RELAXED, SIMD], simd: [SIMD], plain: [] };

/** Kernels over a memory of `floats` numbers: of this kind, or of the next one that the browser has. */
export function kernels(floats: number, kind: keyof typeof COMPILED = "relaxed"): Kernels {
  for (const base64 of COMPILED[kind]) {
    try {
      const code = decode64(base64);
      const module = new WebAssembly.Module(code);
      const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * floats) / PAGE) });
      const { exports } = new WebAssembly.Instance(module, { env: { memory } });
      return { memory: new Float32Array(memory.buffer), ...(exports as unknown as Omit<Kernels, "memory">) };
    } catch {
      // A browser without SIMD (Safari before 16.4) or relaxed SIMD, or a page that may not compile.
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
  relu(at, count) {
    for (let i = at >> 2; i < (at >> 2) + count; i++) if (memory[i] < 0) memory[i] = 0;
  },
  affine(input, output, count, factors, terms, period) {
    for (let i = 0, k = 0; i < count; i++) {
      memory[(output >> 2) + i] = memory[(input >> 2) + i] * memory[(factors >> 2) + k] + memory[(terms >> 2) + k];
      if (++k === period >> 2) k = 0;
    }
  },
  pool(input, output, channels, rows, columns, rowBytes, largest) {
    for (let channel = 0; channel < channels; channel++) {
      let [most, sum] = [-Infinity, 0];
      for (let row = 0; row < rows; row++) {
        const at = ((input + row * rowBytes) >> 2) + channel;
        for (let i = at; i < at + columns * channels; i += channels) {
          if (memory[i] > most) most = memory[i];
          sum += memory[i];
        }
      }
      memory[(output >> 2) + channel] = largest ? most : sum / (rows * columns);
    }
  },
});
