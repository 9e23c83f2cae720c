// Colours for numbers. Blue and orange are told apart with every kind of colour blindness
// (Okabe and Ito, Color Universal Design, 2008), and away from zero both get brighter, so grey tones tell as much.

export type Rgb = readonly [red: number, green: number, blue: number];

const ZERO: Rgb = [18, 20, 24];
const NEGATIVE: Rgb[] = [ZERO, [30, 108, 190], [205, 232, 255]];
const POSITIVE: Rgb[] = [ZERO, [205, 98, 16], [255, 236, 198]];

/** Blue for negative, dark for 0, orange for positive; `share` is the value divided by the scale, from -1 to 1. */
export function diverging(share: number): Rgb {
  const stops = share < 0 ? NEGATIVE : POSITIVE;
  const place = Math.min(Math.abs(share), 1) * 2;
  const from = Math.min(Math.floor(place), 1);
  const mix = (part: 0 | 1 | 2) => Math.round(stops[from][part] + (place - from) * (stops[from + 1][part] - stops[from][part]));
  return [mix(0), mix(1), mix(2)];
}

export const css = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

/** Black or white, whichever is easier to read on `background` (relative luminance, WCAG 2.2). */
export function inkOn(background: Rgb): string {
  const [red, green, blue] = background.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}
