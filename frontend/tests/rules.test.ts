// What a link may ask of a widget: the limits that Python sets, in states.ts, as parts/rules.ts understands them.
import assert from "node:assert/strict";
import test from "node:test";
import { fits } from "../src/parts/rules.ts";

const own = (width: unknown, height: unknown, rgb: unknown) => ({ width, height, rgb });
const kernel = (rows: number, columns: number, weight: unknown[]) => Array(rows).fill(Array(columns).fill(weight));

const POSSIBLE: [name: string, values: unknown[]][] = [
  ["picture", ["cat", own(1, 1, "AAAA"), own(2, 2, "AAAAAAAAAAAAAAAA")]],
  ["side", [1, 64]],
  ["kernel", [[[[0]]], kernel(7, 7, [1e6, -1e6, 1 / 3]), [[[1], [2]]]]],
  ["bias", [0, -1e6, 0.1]],
  ["stride", [1, 8]],
  ["padding", ["valid", "same", 0, 16]],
  ["cell", [null, [0, 0], [99, 1]]],
];
const IMPOSSIBLE: [name: string, values: unknown[]][] = [
  ["picture", ["dog", "", null, 5, ["cat"]]],
  ["picture", [own(2, 2, "AAAA"), own(0.5, 2, "AAAA"), own(65, 1, "A".repeat(260)), own(1, 1, "?"), own(1, 1, null)]],
  ["side", [0, 65, 1e9, 1.5, "12", null]],
  ["kernel", [null, "blur", { length: 1 }, [], [[]], [[[]]], [[["x"]]], [[[null]]], [[[1e7]]], kernel(8, 1, [1])]],
  ["kernel", [[[[1], [2]], [[3]]], [[[1], [1, 2, 3]]], [[[1, 2]]]]], // of rows, or cells, that differ; of two channels
  ["bias", [1e7, null, "1", [1]]],
  ["stride", [0, 9, 1.5, "2"]],
  ["padding", ["full", "3", 17, -1, 0.5, null]],
  ["cell", [[1], [1, 0.5], [1, -1], [1, 2, 3], 5, "11", {}]],
  ["gallery", [{}]],
  ["_kind", ["quiz"]],
  ["__proto__", [{}, null]],
  ["constructor", [{}, null]],
];

function check(cases: typeof POSSIBLE, expected: boolean): void {
  for (const [name, values] of cases) {
    for (const value of values) {
      assert.equal(fits("convolution", name, value, {}), expected, `${name} = ${JSON.stringify(value)}`);
    }
  }
}

test("what Python allows, a link may ask", () => check(POSSIBLE, true));

test("nothing else", () => check(IMPOSSIBLE, false));

test("an answer is one of the question's", () => {
  const state = { choices: ["a", "b"] };
  for (const chosen of [null, 0, 1]) assert.ok(fits("quiz", "chosen", chosen, state));
  for (const chosen of [2, -1, 0.5, "0"]) assert.ok(!fits("quiz", "chosen", chosen, state));
});

test("a kind that is not there has no rules", () => assert.equal(fits("constructor", "name", 1, {}), false));
