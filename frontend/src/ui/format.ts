// Numbers as people read and type them.

/** The shortest text of a number, rounded to so many significant digits, with a real minus sign. */
export const number = (value: number, digits = 6): string =>
  String(Number(value.toPrecision(digits))).replace(/-/g, "−");

/** A number for a small cell: five letters or a little more, rounded where it must be. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e4) return number(value);
  return size >= 1e4 ? value.toExponential(1).replace("e+", "e").replace("-", "−") : number(value, size < 1 ? 2 : size < 1e3 ? 3 : 4);
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

export const LARGEST_NUMBER = 1e6; // of a weight or a bias: sums of larger ones could not be written out

/** What `number` or `weight` wrote, or a reader typed ("-0.5", "1/9", "0,5"), as a number; NaN where it is none. */
export function parse(text: string): number {
  const [, above, below = "1"] =
    /^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(?:\/\s*(\d+\.?\d*))?\s*$/i.exec(text.replace(/−/g, "-").replace(",", ".")) ?? [];
  const value = Number(above) / Number(below);
  return Math.abs(value) <= LARGEST_NUMBER ? value : NaN;
}
