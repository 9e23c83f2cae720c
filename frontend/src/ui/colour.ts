// Colours for numbers, from the palette that the figures of the book have, too. Blue and orange are told apart with
// every kind of colour blindness (Okabe and Ito, Color Universal Design, 2008), and away from zero both get brighter,
// so grey tones tell as much.
import palette from "../../../cnnbook/palette.json" with { type: "json" };

export type Rgb = readonly [red: number, green: number, blue: number];

export const PATCH = palette.patch; // the frame of the window and of its output cell
export const USERS = palette.users; // the frame of an input pixel and of the outputs that use it

/** Blue for negative, dark for 0, orange for positive; `share` is the value divided by the scale, from -1 to 1. */
export function diverging(share: number): Rgb {
  const stops = palette.diverging; // evenly from -1 to 1
  const place = ((Math.min(Math.max(share, -1), 1) + 1) / 2) * (stops.length - 1);
  const from = Math.min(Math.floor(place), stops.length - 2);
  const mix = (part: 0 | 1 | 2) =>
    Math.round(stops[from][part] + (place - from) * (stops[from + 1][part] - stops[from][part]));
  return [mix(0), mix(1), mix(2)];
}

export const css = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

/** How much light a colour is, white being 1 (relative luminance of sRGB, WCAG 2.2). */
export function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Black or white, whichever is easier to read on `background`. */
export const inkOn = (background: Rgb): string => (luminance(background) > 0.179 ? "#000" : "#fff");

/** A pixel as the eye sees it: grey, or as bright as its colour. */
export const shade = (value: number, channel: number, channels: number): Rgb =>
  channels === 1
    ? [value, value, value]
    : [channel === 0 ? value : 0, channel === 1 ? value : 0, channel === 2 ? value : 0];
