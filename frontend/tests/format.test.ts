// Numbers as people read and type them.
import assert from "node:assert/strict";
import test from "node:test";
import { LARGEST_NUMBER } from "../src/states.ts";
import { number, parse, rounded, short, shortWeight, tinyWeight, weight } from "../src/ui/format.ts";

const UNDERSTOOD: [typed: string, value: number][] = [
  ["5", 5],
  [" +5. ", 5],
  ["-0.5", -0.5],
  ["−.5", -0.5],
  ["–5", -5],
  ["1e3", 1000],
  ["2,5E-1", 0.25],
  ["1/9", 1 / 9],
  ["-1 / 0,5", -2],
  ["1000000", LARGEST_NUMBER],
  // A comma is a decimal point where it can be nothing else; a point always is, for the widgets write it so.
  ["0,5", 0.5],
  ["0,125", 0.125],
  ["1,2345", 1.2345],
  ["1.234", 1.234],
  ["٣", 3],
  ["-١٢٫٥", -12.5],
  ["१/९", 1 / 9],
  ["１２", 12],
  ["－１．５", -1.5],
  ["𝟗𝟘𝟙", 901],
];
for (const [typed, value] of UNDERSTOOD) test(`“${typed}” is understood`, () => assert.equal(parse(typed), value));

const REFUSED = [
  ...[
    "",
    " ",
    "-",
    ".",
    "e5",
    "five",
    "5px",
    "0x10",
    "Infinity",
    "NaN",
    "--5",
    "+-5",
    "−−5",
    "5-",
    "1 2",
    "1e",
    "½",
    "2²",
  ],
  ...["1/0", "0/0", "1/-2", "1/2/3", "1000001", "-1e7", "1e999"],
  ...[
    "1,234",
    "-12,345",
    "１，２３４",
    "١,٢٣٤",
    "1/1,234",
    "1,234,567",
    "1.234.567",
    "1,234.5",
    "1.234,5",
    "1 000",
    "1'000",
    "١٬٢٣٤",
  ],
];
for (const typed of REFUSED) test(`“${typed}” is refused`, () => assert.equal(parse(typed), NaN));

test("whole numbers are written in full, others with the digits that were asked for", () => {
  assert.equal(number(12495, 4), "12495");
  assert.equal(number(-37485000001), "−37485000001");
  assert.equal(number(12345.678, 4), "12346");
  assert.equal(number(1234.5678), "1234.57");
  assert.equal(number(0.00012345, 2), "0.00012");
  assert.equal(number(-0), "0");
  assert.equal(number(NaN), "NaN");
});

test("what is written is what `rounded` says, and reads back as it", () => {
  for (let power = -9; power < 6; power += 0.1) {
    for (const value of [10 ** power, -(10 ** power), Math.round(10 ** power)]) {
      assert.equal(parse(number(value)), rounded(value));
      assert.ok(Math.abs(parse(weight(value)) - value) <= 1e-5 * Math.abs(value), weight(value));
    }
  }
});

test("a weight is a fraction where that is shorter", () => {
  assert.deepEqual([1 / 9, -2 / 3, 0.25, 1.23456789].map(weight), ["1/9", "−2/3", "0.25", "1.23457"]);
});

test("small cells hold five letters or a little more", () => {
  assert.deepEqual([9999, 12345, -0.123456, 1234.56].map(short), ["9999", "1.2e4", "−0.12", "1235"]);
  assert.deepEqual([1 / 9, 0.123456].map(shortWeight), ["1/9", "0.12"]);
  for (const value of [123456.7, -999999, 1e6, -1e-7, 1 / 3])
    assert.ok(tinyWeight(value).length <= 6, tinyWeight(value));
});
