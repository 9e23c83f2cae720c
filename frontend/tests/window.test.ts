// Where a window can stand.
import assert from "node:assert/strict";
import test from "node:test";
import { outputSize, windows, zerosFor } from "../src/ops/window.ts";

test("every position is inside, one more would not be, and what is left is dropped", () => {
  for (let size = 1; size < 12; size++) {
    for (let kernel = 1; kernel <= size; kernel++) {
      for (let stride = 1; stride < 5; stride++) {
        for (const padding of ["valid", "same", 2, [0, 3]] as const) {
          const { size: positions, before, after, dropped } = outputSize(size, kernel, stride, padding);
          const end = (positions - 1) * stride + kernel;
          assert.equal(end + dropped, before + size + after);
          assert.ok(dropped < stride);
          if (padding === "same") assert.equal(positions, Math.ceil(size / stride));
          if (padding === "same") assert.ok(after - before === 0 || after - before === 1);
        }
      }
    }
  }
});

test("a dilated kernel spans more", () => {
  assert.deepEqual(outputSize(9, 3, 1, "valid", 4), { size: 1, before: 0, after: 0, dropped: 0 });
  assert.throws(() => outputSize(8, 3, 1, "valid", 4), /spans 9 pixels but the padded input has only 8/);
});

test("each axis has its own settings", () => {
  const { rows, columns } = windows([5, 8], [3, 2], {
    stride: [2, 3],
    padding: [
      [1, 0],
      [0, 0],
    ],
    dilation: [1, 2],
  });
  assert.deepEqual(rows, { size: 2, before: 1, after: 0, dropped: 1 });
  assert.deepEqual(columns, { size: 2, before: 0, after: 0, dropped: 2 });
});

test("as many zeros as are said to be needed give the wanted positions, and no other number does", () => {
  for (let size = 1; size < 9; size++) {
    for (const kernel of [1, 2, 3]) {
      for (const stride of [1, 2, 3]) {
        for (const dilation of [1, 2]) {
          for (let wanted = 1; wanted < 8; wanted++) {
            const { least, most } = zerosFor(wanted, size, kernel, stride, dilation);
            for (let zeros = 0; zeros < 30; zeros++) {
              const fits = size + zeros > (kernel - 1) * dilation;
              const got = fits ? outputSize(size, kernel, stride, [0, zeros], dilation).size : 0;
              assert.equal(got === wanted, zeros >= least && zeros <= most);
            }
          }
        }
      }
    }
  }
});
