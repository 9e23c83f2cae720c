// AssemblyScript (https://www.assemblyscript.org): the two loops of a network in which nearly all of its time goes, four
// numbers at once. wasm/compile.mjs makes src/ops/simd.ts of it; src/ops/kernels.ts has the same without SIMD. Pointers and distances are in bytes.

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
  for (let f = 0; f < filters; f += 8, weights += block, bias += 32, output += 32) {
    for (let row = 0; row < rows; row++) {
      const start = input + row * down;
      const written = output + row * columns * filters * 4;
      let column = 0;
      for (; column + 4 <= columns; column += 4)
        four(
          start + column * right,
          weights,
          bias,
          written + column * filters * 4,
          filters * 4,
          kernelRows,
          run,
          rowBytes,
          right,
        );
      if (column < columns && columns > 4) {
        // The last four overlap those before.
        column = columns - 4;
        four(
          start + column * right,
          weights,
          bias,
          written + column * filters * 4,
          filters * 4,
          kernelRows,
          run,
          rowBytes,
          right,
        );
      } else
        for (; column < columns; column++)
          one(start + column * right, weights, bias, written + column * filters * 4, kernelRows, run, rowBytes);
    }
  }
}

/** Eight filters at four windows side by side. */
function four(
  input: usize,
  weights: usize,
  bias: usize,
  output: usize,
  pixel: usize, // from an output to the next
  kernelRows: i32,
  run: i32,
  rowBytes: i32,
  right: i32,
): void {
  let a0 = v128.load(bias);
  let a1 = v128.load(bias, 16);
  let b0 = a0,
    b1 = a1,
    c0 = a0,
    c1 = a1,
    d0 = a0,
    d1 = a1;
  for (let row = 0; row < kernelRows; row++, input += rowBytes) {
    let a = input,
      b = a + right,
      c = b + right,
      d = c + right;
    for (const end = input + run * 4; a < end; a += 4, b += 4, c += 4, d += 4, weights += 32) {
      const w0 = v128.load(weights);
      const w1 = v128.load(weights, 16);
      let x = v128.load32_splat(a);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load32_splat(b);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load32_splat(c);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load32_splat(d);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
    }
  }
  v128.store(output, a0);
  v128.store(output, a1, 16);
  v128.store((output += pixel), b0);
  v128.store(output, b1, 16);
  v128.store((output += pixel), c0);
  v128.store(output, c1, 16);
  v128.store((output += pixel), d0);
  v128.store(output, d1, 16);
}

/** Eight filters at one window. */
function one(input: usize, weights: usize, bias: usize, output: usize, kernelRows: i32, run: i32, rowBytes: i32): void {
  let a0 = v128.load(bias);
  let a1 = v128.load(bias, 16);
  for (let row = 0; row < kernelRows; row++, input += rowBytes) {
    let a = input;
    for (const end = a + run * 4; a < end; a += 4, weights += 32) {
      const x = v128.load32_splat(a);
      a0 = f32x4.add(a0, f32x4.mul(x, v128.load(weights)));
      a1 = f32x4.add(a1, f32x4.mul(x, v128.load(weights, 16)));
    }
  }
  v128.store(output, a0);
  v128.store(output, a1, 16);
}

function times(x: v128, y: v128, constant: f32): v128 {
  return f32x4.add(f32x4.mul(x, y), f32x4.splat(constant));
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
