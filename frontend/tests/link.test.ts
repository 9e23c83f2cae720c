// Links to a state.
import assert from "node:assert/strict";
import test from "node:test";
import { decode, encode, linked, type State } from "../src/hosts/link.ts";

const INITIAL: State = { name: "ä→", list: [1, [2]], nothing: null, fixed: 1 };
const fits = (name: string, value: unknown) => ["name", "list", "nothing"].includes(name) && value !== "wrong";
const coded = (text: string) => Buffer.from(text).toString("base64url");

test("a link brings a state back and holds only what differs", () => {
  const state = { ...INITIAL, name: "???>>>ÿ", nothing: { rgb: "/+==" } };
  const code = encode(INITIAL, state);
  assert.match(code, /^[\w-]+$/);
  assert.deepEqual(decode(fits, INITIAL, code), state);
  assert.deepEqual(decode(fits, { ...INITIAL, list: [] }, code), { ...state, list: [] });
  assert.equal(encode(INITIAL, structuredClone(INITIAL)), "");
  assert.deepEqual(decode(fits, INITIAL, ""), INITIAL);
});

for (const text of [
  "nonsense",
  "null",
  '{"fixed":2}',
  '{"name":"wrong"}',
  '{"name":"x","other":1}',
  '{"__proto__":{"fixed":2}}',
  '{"name":"x"',
]) {
  test(`${text} is no state`, () => assert.equal(decode(fits, INITIAL, coded(text)), null));
}

test("what is no base64 is no state", () => assert.equal(decode(fits, INITIAL, "A"), null));

test("an address is understood as programs pass it on", () => {
  const right = { id: "lab-1", code: "eyJ4-_" };
  for (const hash of ["#lab-1:eyJ4-_", "#lab-1%3AeyJ4-_", "#lab-1%3aeyJ4-_"]) {
    for (const end of ["", ".", ")", ",", ")."]) assert.deepEqual(linked(hash + end), right, hash + end);
  }
  assert.deepEqual(linked("#lab-1:"), { id: "lab-1", code: "" });
  assert.deepEqual(linked("#lab-1:no%20code"), { id: "lab-1", code: "no%20code" });
  for (const hash of ["", "#", "#lab-1", "#:eyJ4"]) assert.equal(linked(hash), null);
});
