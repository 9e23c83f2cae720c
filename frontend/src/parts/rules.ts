// What the state of a widget may be. The rules themselves come from Python: states.ts.
import { LARGEST_NUMBER, RULES } from "../states.ts";
import type { Stacked } from "../ops/stack.ts";
import { restore, type StoredImage } from "../ui/image.ts";

export type KindName = keyof typeof RULES;
export type Kernel = number[][][]; // [rows][columns][channels]

interface Values {
  whole: number;
  number: number;
  answer: number | null;
  numbers: number[];
  labels: string[];
  index: number | null;
  cell: readonly [row: number, column: number] | null;
  kernel: Kernel;
  filters: Kernel[];
  padding: "valid" | "same" | number;
  stack: Stacked[];
  picture: string | StoredImage; // a name in the gallery, or the reader's own
}
type Value<Rule> = Rule extends { type: "choice"; of: readonly (infer Of)[] }
  ? Of
  : Rule extends { type: keyof Values }
    ? Values[Rule["type"]]
    : never;

/** What a link may change of a widget of this kind. */
export type StateOf<Name extends KindName> = {
  -readonly [Trait in keyof (typeof RULES)[Name]]: Value<(typeof RULES)[Name][Trait]>;
};

const whole = (value: unknown, least: number, most: number) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
const list = (value: unknown, least: number, most = least): value is unknown[] =>
  Array.isArray(value) && value.length >= least && value.length <= most;
const finite = (value: unknown, most: number) => typeof value === "number" && Math.abs(value) <= most;

const CHECKS: Record<string, (value: any, rule: any, state: Record<string, any>) => boolean> = {
  whole: (value, { least, most }) => whole(value, least, most),
  number: (value, { least, most }) => finite(value, most) && value >= least,
  answer: (value, { most }) => value === null || finite(value, most),
  numbers: (value, { count, most }) => list(value, count) && value.every((each) => finite(each, most)),
  labels: (value, { most, longest }) =>
    list(value, 0, most) && value.every((each) => typeof each === "string" && each.length <= longest),
  choice: (value, { of }) => of.includes(value),
  index: (value, { of }, state) => value === null || whole(value, 0, state[of].length - 1),
  cell: (value) => value === null || (list(value, 2) && value.every((place) => whole(place, 0, Infinity))),
  padding: (value, { most }) => ["valid", "same"].includes(value) || whole(value, 0, most),
  kernel: (value, { most }) =>
    list(value, 1, most) &&
    value.every((row) => list(row, 1, most) && row.length === (value[0] as unknown[]).length) &&
    value
      .flat()
      .every(
        (cell, _, [first]) =>
          list(cell, 1, 3) &&
          cell.length !== 2 &&
          cell.length === (first as unknown[]).length &&
          cell.every((weight) => finite(weight, LARGEST_NUMBER)),
      ),
  filters: (value, rule, state) =>
    list(value, 2) &&
    value.every(
      (kernel: any) =>
        CHECKS.kernel(kernel, rule, state) &&
        kernel[0][0].length === 3 &&
        kernel.length === kernel[0].length &&
        kernel.length === (value[0] as unknown[]).length,
    ),
  stack: (value, { most, kinds }, state) =>
    list(value, 0, most) &&
    value.every(({ kind, ...settings }: any) => {
      const rules = Object.entries<any>(Object.entries<object>(kinds).find(([known]) => known === kind)![1]);
      return (
        Object.keys(settings).length === rules.length &&
        rules.every(([name, rule]) => CHECKS[rule.type](settings[name], rule, state))
      );
    }),
  picture: (value, { names, most }) =>
    typeof value === "string"
      ? names.includes(value)
      : whole(value.width, 1, most) &&
        whole(value.height, 1, most) &&
        typeof value.rgb === "string" &&
        restore(value) !== null,
};

/** Whether a setting of a layer may be `value`. */
export const allows = (value: unknown, rule: { type: string }): boolean => CHECKS[rule.type](value, rule, {});

/** Whether the trait `name` of a widget of this kind, in this state else, may be `value`. */
export function fits(kind: string, name: string, value: unknown, state: Record<string, unknown>): boolean {
  // Entries: a link may ask for "__proto__", too.
  const rule = Object.entries(RULES[kind as KindName]).find(([known]) => known === name)?.[1];
  if (!rule) return false;
  try {
    return CHECKS[rule.type](value, rule, state);
  } catch {
    return false; // no object, or bytes that are no picture
  }
}
