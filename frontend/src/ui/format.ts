// Numbers and lists as people read and type them.
import { LARGEST_NUMBER } from "../states.ts";

/** What `number` writes of a value: so many significant digits, and never fewer than stand before its point. */
export const rounded = (value: number, digits = 6): number =>
  Number(value.toPrecision(Math.max(digits, String(Math.trunc(Math.abs(value))).length)));

/** The smallest and the largest of all `values`. */
export const ends = (...values: ArrayLike<number>[]): [smallest: number, largest: number] => {
  let [smallest, largest] = [Infinity, -Infinity];
  for (const list of values)
    for (let i = 0; i < list.length; i++)
      [smallest, largest] = [Math.min(smallest, list[i]), Math.max(largest, list[i])];
  return [smallest, largest];
};

/** The shortest text of a number, `rounded`, with a real minus sign. */
export const number = (value: number, digits = 6): string => String(rounded(value, digits)).replace(/-/g, "−");

/** "10,000". */
export const grouped = (count: number): string => count.toLocaleString("en");

/** "1 zero", "2 zeros". */
export const counted = (count: number | "no", what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** "x1, x2 and x3". */
export const listed = (items: string[]): string => items.join(", ").replace(/, (\S*)$/, " and $1");

/** A number for a small cell: five letters or a little more, rounded where it must be. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e4) return number(value);
  return size >= 1e4
    ? value.toExponential(1).replace("e+", "e").replace("-", "−")
    : number(value, size < 1 ? 2 : size < 1e3 ? 3 : 4);
}

/** A weight: as a fraction where that is shorter than its digits, so that a blur says 1/9. */
export function weight(value: number): string {
  const digits = number(value, 17);
  if (Number.isFinite(value) && digits.length > 5) {
    for (let below = 2; below <= 256; below++) {
      const above = Math.round(value * below);
      const fraction = `${number(above, 17)}/${below}`;
      if (above && Math.abs(value * below - above) < 1e-10 && fraction.length < digits.length) return fraction;
    }
  }
  return number(value);
}

/** A weight for a small cell. */
export function shortWeight(value: number): string {
  const exact = weight(value);
  return exact.length <= 5 ? exact : short(value);
}

/** A weight for the field of a kernel: six letters, with one digit where no more have room. */
export function tinyWeight(value: number): string {
  const power = value.toExponential(0).replace(/-/g, "−");
  return [shortWeight(value), number(value, 1)].find((text) => text.length <= 6) ?? power;
}

/** How wide a number is with a little room around it, in sizes of its letters, in wide ones as of DejaVu Sans. */
export const breadth = (text: string): number =>
  [...text].reduce((sum, letter) => sum + ({ ".": 0.36, "/": 0.45, "−": 0.84 }[letter] ?? 0.64), 0.05);

const NUMBER = /^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(?:\/\s*(\d+\.?\d*))?\s*$/i;
const TWO_MEANINGS = /(?:^|\D)[1-9]\d{0,2},\d{3}(?!\d)/; // "1,234": with thousands, or with a decimal comma

/** Digits of every script, each of which has its ten in a row, wide letters, and minus signs: as in ASCII. */
const ascii = (text: string): string =>
  text
    .replace(/\p{Nd}/gu, (digit) => {
      let zero = digit.codePointAt(0)!;
      while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
      return String((digit.codePointAt(0)! - zero) % 10);
    })
    .replace(/[！-～]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0))
    .replace(/[−–‐‑]/g, "-");

/**
 * What `number` or `weight` wrote, or a reader typed ("-0.5", "1/9", "0,5", "٣"), as a number. NaN where it is none or
 * larger than `most`, where thousands are set apart, and where nobody can tell whether they are ("1,234").
 */
export function parse(text: string, most = LARGEST_NUMBER): number {
  const typed = ascii(text);
  if (TWO_MEANINGS.test(typed)) return NaN;
  const [, above, below = "1"] = NUMBER.exec(typed.replace(/[,٫]/g, ".")) ?? [];
  const value = Number(above) / Number(below);
  return Math.abs(value) <= most ? value : NaN;
}
