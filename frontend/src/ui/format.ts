// Numbers as people read and type them.

/** The shortest text of a number, rounded to so many significant digits, with a real minus sign. */
export const number = (value: number, digits = 6): string =>
  String(Number(value.toPrecision(digits))).replace(/-/g, "−");

/** A number for a small cell: five letters or a little more, rounded where it must be. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e4) return number(value);
  return size >= 1e4 ? value.toExponential(1).replace("e+", "e").replace("-", "−") : number(value, size < 1 ? 2 : 3);
}

/** A weight: as a fraction where that is shorter than its digits, so that a blur says 1/9. */
export function weight(value: number): string {
  if (Number.isFinite(value) && number(value, 17).length > 5) {
    for (let below = 2; below <= 256; below++) {
      const above = Math.round(value * below);
      if (above && Math.abs(value * below - above) < 1e-10) return `${number(above)}/${below}`;
    }
  }
  return number(value);
}

/** A weight for a small cell. */
export function shortWeight(value: number): string {
  const exact = weight(value);
  return exact.length <= 5 ? exact : short(value);
}

export const LARGEST_NUMBER = 1e6; // of a weight or a bias: sums of larger ones could not be written out

/** What `number` or `weight` wrote, or a reader typed ("-0.5", "1/9", "0,5"), as a number; NaN where it is none. */
export function parse(text: string): number {
  const [, above, below = "1"] =
    /^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(?:\/\s*(\d+\.?\d*))?\s*$/i.exec(text.replace(/−/g, "-").replace(",", ".")) ?? [];
  const value = Number(above) / Number(below);
  return Math.abs(value) <= LARGEST_NUMBER ? value : NaN;
}
