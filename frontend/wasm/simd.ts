// AssemblyScript (https://www.assemblyscript.org): the loops of a network in which nearly all of its time goes, four
// numbers at once. wasm/compile.mjs makes src/ops/simd.ts of it, with relaxed SIMD and without; src/ops/kernels.ts has
// the same without any. Pointers and distances are in bytes.

/**
 * Convolution of one image that is padded already, channels last.
 *
 * A window is `kernelRows` runs of `run` numbers that lie side by side in the input, a row apart. Weights are packed
 * eight filters a block: for each number of the window, those of the eight filters. `filters` is a multiple of eight.
 */
export function conv(
  input: usize,
  weights: usize,
  bias: usize,
  output: usize,
  rows: i32,
  columns: i32,
  filters: i32,
  kernelRows: i32,
  run: i32,
  rowBytes: i32, // from a row of the input to the next
  right: i32, // from a window to the next in its row
  down: i32, // and in the next row
): void {
  const block: usize = kernelRows * run * 32;
  const windows = rows * columns;
  for (let f = 0; f < filters; f += 8, weights += block, bias += 32, output += 32) {
    let i = 0;
    for (; i + 6 <= windows; i += 6)
      six(i, input, weights, bias, output, columns, filters, kernelRows, run, rowBytes, right, down);
    if (i < windows && windows > 6)
      // The last six overlap those before.
      six(windows - 6, input, weights, bias, output, columns, filters, kernelRows, run, rowBytes, right, down);
    else
      for (; i < windows; i++)
        one(start(i, input, columns, right, down), weights, bias, output + i * filters * 4, kernelRows, run, rowBytes);
  }
}

/** Where window number `i` begins. */
function start(i: i32, input: usize, columns: i32, right: i32, down: i32): usize {
  return input + (i / columns) * down + (i % columns) * right;
}

/** x y + sum; with relaxed SIMD in one step, which most processors have. */
function madd(x: v128, y: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, sum);
  return f32x4.add(f32x4.mul(x, y), sum);
}

/** Eight filters at six windows, from number `i` on: as many sums as there are registers for. */
function six(
  i: i32,
  input: usize,
  weights: usize,
  bias: usize,
  output: usize,
  columns: i32,
  filters: i32,
  kernelRows: i32,
  run: i32,
  rowBytes: i32,
  right: i32,
  down: i32,
): void {
  let a = start(i, input, columns, right, down);
  // How far the others are from it.
  const b = start(i + 1, input, columns, right, down) - a;
  const c = start(i + 2, input, columns, right, down) - a;
  const d = start(i + 3, input, columns, right, down) - a;
  const e = start(i + 4, input, columns, right, down) - a;
  const f = start(i + 5, input, columns, right, down) - a;
  let a0 = v128.load(bias);
  let a1 = v128.load(bias, 16);
  let b0 = a0,
    b1 = a1,
    c0 = a0,
    c1 = a1,
    d0 = a0,
    d1 = a1,
    e0 = a0,
    e1 = a1,
    f0 = a0,
    f1 = a1;
  for (let row = 0; row < kernelRows; row++, a += rowBytes - run * 4) {
    for (const end = a + run * 4; a < end; a += 4, weights += 32) {
      const w0 = v128.load(weights);
      const w1 = v128.load(weights, 16);
      let x = v128.load32_splat(a);
      a0 = madd(x, w0, a0);
      a1 = madd(x, w1, a1);
      x = v128.load32_splat(a + b);
      b0 = madd(x, w0, b0);
      b1 = madd(x, w1, b1);
      x = v128.load32_splat(a + c);
      c0 = madd(x, w0, c0);
      c1 = madd(x, w1, c1);
      x = v128.load32_splat(a + d);
      d0 = madd(x, w0, d0);
      d1 = madd(x, w1, d1);
      x = v128.load32_splat(a + e);
      e0 = madd(x, w0, e0);
      e1 = madd(x, w1, e1);
      x = v128.load32_splat(a + f);
      f0 = madd(x, w0, f0);
      f1 = madd(x, w1, f1);
    }
  }
  const pixel: usize = filters * 4; // from an output to the next
  output += i * pixel;
  v128.store(output, a0);
  v128.store(output, a1, 16);
  output += pixel;
  v128.store(output, b0);
  v128.store(output, b1, 16);
  output += pixel;
  v128.store(output, c0);
  v128.store(output, c1, 16);
  output += pixel;
  v128.store(output, d0);
  v128.store(output, d1, 16);
  output += pixel;
  v128.store(output, e0);
  v128.store(output, e1, 16);
  output += pixel;
  v128.store(output, f0);
  v128.store(output, f1, 16);
}

/** Eight filters at one window. */
function one(input: usize, weights: usize, bias: usize, output: usize, kernelRows: i32, run: i32, rowBytes: i32): void {
  let a0 = v128.load(bias);
  let a1 = v128.load(bias, 16);
  for (let row = 0; row < kernelRows; row++, input += rowBytes) {
    let a = input;
    for (const end = a + run * 4; a < end; a += 4, weights += 32) {
      const x = v128.load32_splat(a);
      a0 = madd(x, v128.load(weights), a0);
      a1 = madd(x, v128.load(weights, 16), a1);
    }
  }
  v128.store(output, a0);
  v128.store(output, a1, 16);
}

function times(x: v128, y: v128, constant: f32): v128 {
  return madd(x, y, f32x4.splat(constant));
}

/**
 * GELU in place: x (1 + erf(x / sqrt 2)) / 2, of `count` numbers, rounded up to a multiple of four.
 *
 * erf is a quotient of polynomials, as in XLA and in Eigen (generic_fast_erf_float), within 2e-7.
 */
export function gelu(at: usize, count: i32): void {
  for (const end = at + count * 4; at < end; at += 16) {
    const x = v128.load(at);
    const z = f32x4.max(f32x4.min(f32x4.mul(x, f32x4.splat(0.7071067811865476)), f32x4.splat(4)), f32x4.splat(-4));
    const y = f32x4.mul(z, z);
    let p = f32x4.splat(-2.72614225801306e-10);
    p = times(p, y, 2.77068142495902e-8);
    p = times(p, y, -2.10102402082508e-6);
    p = times(p, y, -5.69250639462346e-5);
    p = times(p, y, -7.34990630326855e-4);
    p = times(p, y, -2.9545998085402e-3);
    p = times(p, y, -1.60960333262415e-2);
    let q = f32x4.splat(-1.45660718464996e-5);
    q = times(q, y, -2.13374055278905e-4);
    q = times(q, y, -1.68282697438203e-3);
    q = times(q, y, -7.37332916720468e-3);
    q = times(q, y, -1.42647390514189e-2);
    const half = f32x4.mul(x, f32x4.splat(0.5));
    v128.store(at, f32x4.add(half, f32x4.mul(half, f32x4.div(f32x4.mul(z, p), q))));
  }
}

/** ReLU in place, of `count` numbers, rounded up to a multiple of four. */
export function relu(at: usize, count: i32): void {
  for (const end = at + count * 4; at < end; at += 16) v128.store(at, f32x4.max(v128.load(at), f32x4.splat(0)));
}

/**
 * Each number of `count`, rounded up to a multiple of four, times its factor, plus its term. Factors and terms begin
 * anew after `period` bytes, a multiple of 16.
 */
export function affine(input: usize, output: usize, count: i32, factors: usize, terms: usize, period: i32): void {
  let i = 0;
  for (const end = input + count * 4; input < end; input += 16, output += 16) {
    v128.store(output, madd(v128.load(input), v128.load(factors + i), v128.load(terms + i)));
    if ((i += 16) == period) i = 0;
  }
}

/** The largest, or the mean, of a window, for each of `channels`, rounded up to a multiple of four. */
export function pool(
  input: usize,
  output: usize,
  channels: i32,
  rows: i32,
  columns: i32,
  rowBytes: i32,
  largest: bool,
): void {
  for (let channel = 0; channel < channels; channel += 4, input += 16, output += 16) {
    let most = v128.load(input);
    let sum = f32x4.splat(0);
    for (let row = 0; row < rows; row++) {
      let at = input + row * rowBytes;
      for (let column = 0; column < columns; column++, at += channels * 4) {
        const x = v128.load(at);
        most = f32x4.max(most, x);
        sum = f32x4.add(sum, x);
      }
    }
    v128.store(output, largest ? most : f32x4.div(sum, f32x4.splat(f32(rows * columns))));
  }
}
