// What the accuracy lab says. What it reads: tests/widgets/test_accuracy_files.py.
import assert from "node:assert/strict";
import test from "node:test";
import { isOfficial } from "../src/ops/cifar10.ts";
import { pace, score, verdict } from "../src/widgets/accuracy-words.ts";

const COUNTS = [
  [916, 84],
  [0, 1000],
];

test("a score is a number of images and a share, of none as well", () => {
  assert.equal(score(COUNTS), "1,916 of 2,000 right: 95.80 %");
  assert.equal(score([[0]]), "0 of 0 right: 0.00 %");
});

test("how far it has come, how fast, and how long it takes", () => {
  assert.equal(pace(50, 10_000, 0, 0), "50 of 10,000 images");
  assert.equal(pace(3_450, 10_000, 3_440, 20), "3,450 of 10,000 images, 172 a second, about 39 s left");
});

test("what came out beside the recording, cell by cell", () => {
  const recorded = "The recording of “fast” says 1,916 of 2,000 right: 95.80 %:";
  const same = `${recorded} the same to the last image, cell by cell.`;
  assert.equal(verdict(COUNTS, COUNTS, "fast", true), `These are the official test images. ${same}`);
  assert.equal(verdict(COUNTS, COUNTS, "fast", false), `These are not the official test images. ${same}`);
  assert.equal(verdict(COUNTS, COUNTS, "fast", null), same);
  // As many right, and yet others.
  const others = [COUNTS[0], [1, 999].reverse()];
  assert.equal(verdict(others, COUNTS, "fast", null), `${recorded} 2 of the 4 cells differ.`);
});

test("a page that came without encryption cannot tell whose images they are", async () => {
  const batch = { images: new Uint8Array(3072 * 10_000), labels: new Uint8Array(10_000) };
  assert.equal(await isOfficial({ ...batch, labels: batch.labels.subarray(1) }), false);
  assert.equal(await isOfficial(batch), false);
  Object.defineProperty(crypto, "subtle", { value: undefined });
  assert.equal(await isOfficial(batch), null);
});
