// Pictures as numbers, and what the bytes of a file say. Whole files: tests/widgets/test_convolution_files.py.
import assert from "node:assert/strict";
import test from "node:test";
import { restore, shrink, store, values, type Image } from "../src/ui/image.ts";
import { inspect } from "../src/ui/picture-file.ts";

const grey = (width: number, height: number, levels: number[]): Image => ({
  width,
  height,
  rgb: Uint8Array.from(levels.flatMap((level) => [level, level, level])),
});

test("a smaller picture has the mean of each area, rounded half up", () => {
  assert.deepEqual(shrink(grey(4, 2, [0, 1, 10, 20, 0, 1, 30, 40]), 2), grey(2, 1, [1, 25]));
  assert.deepEqual(shrink(grey(3, 1, [0, 90, 255]), 2), grey(2, 1, [30, 200]));
  assert.deepEqual(shrink(grey(100, 1, Array(100).fill(7)), 3), grey(3, 1, [7, 7, 7]));
  const small = grey(2, 1, [3, 4]);
  assert.equal(shrink(small, 2), small);
});

test("a picture survives its way through a state", () => {
  const image = { width: 16, height: 16, rgb: Uint8Array.from({ length: 768 }, (_, i) => i) };
  assert.deepEqual(restore(store(image)), image);
});

test("bytes that do not fill a picture are none", () => {
  assert.throws(() => restore({ width: 2, height: 2, rgb: "AAAA" }), /2 × 2 needs 12 bytes, not 3/);
  for (const side of [0, -1, 0.5]) assert.throws(() => restore({ width: side, height: side, rgb: "AAAA" }), RangeError);
  assert.throws(() => restore({ width: 1, height: 1, rgb: "no base64" }));
});

test("a layer sees colours, or the brightness that an eye sees", () => {
  const image = { width: 4, height: 1, rgb: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255) };
  assert.deepEqual([...values(image, false)], [76, 150, 29, 255]);
  assert.deepEqual([...values(image, true)], [...image.rgb]);
});

// The smallest files that say something: all of a JPEG up to its size, a PNG of chunks without pixels.
const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...part].map((letter) => letter.charCodeAt(0)) : part)),
  );
const EXIF = [...bytes("MM", [0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0])];
const chunk = (name: string, data: number[] = []) => [0, 0, 0, data.length, ...bytes(name), ...data, 0, 0, 0, 0];
const PNG = bytes(
  [0x89],
  "PNG\r\n\x1a\n",
  chunk("IHDR", [0, 0, 1, 0, 0, 0, 0, 3, 8, 2, 0, 0, 0]),
  chunk("eXIf", EXIF),
  chunk("gAMA", [1]),
  chunk("IEND"),
);
const JPEG = bytes([
  0xff, 0xd8, 0xff, 0xc0, 0, 20, 8, 0, 3, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 2, 0xff, 0xd9,
]);
const WEBP = bytes(
  "RIFF",
  [4 + 18 + 8 + EXIF.length, 0, 0, 0],
  "WEBPVP8X",
  [10, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 2, 0, 0],
  "EXIF",
  [EXIF.length, 0, 0, 0],
  EXIF,
);

test("the bytes of a file say its size, which way is up, and whether it is whole", () => {
  for (const file of [PNG, WEBP, JPEG]) {
    const { whole, size, orientation } = inspect(file.slice());
    assert.deepEqual({ whole, size, orientation }, { whole: true, size: [256, 3], orientation: file === JPEG ? 1 : 6 });
    assert.equal(inspect(file.slice(0, -1)).whole, false);
  }
  assert.equal(inspect(JPEG.slice()).fourInks, true);
});

test("no browser turns a picture that is turned here, or takes its gamma", () => {
  const names = (parts: BlobPart[]) => parts.map((part) => String.fromCharCode(...(part as Uint8Array).subarray(4, 8)));
  assert.deepEqual(names(inspect(PNG.slice()).parts).slice(1), ["IHDR", "IEND"]);
  const file = WEBP.slice();
  inspect(file);
  assert.ok(!String.fromCharCode(...file).includes("EXIF"));
});
