// A picture turned, resized, moved, blurred, brightened or noisy; cnnbook/analysis/robustness.py gets the same pixels,
// to one grey level. What comes in at the border is the border's pixels, repeated.
import { normalAt } from "./normal.ts";

/** How a picture is changed; NEUTRAL changes nothing. */
export interface Distortion {
  angle: number; // degrees counterclockwise
  zoom: number; // times as large
  down: number; // pixels
  right: number;
  blur: number; // the standard deviation of a Gaussian, in pixels
  brightness: number; // is added
  noise: number; // its standard deviation; added last
}

export const NEUTRAL: Distortion = { angle: 0, zoom: 1, down: 0, right: 0, blur: 0, brightness: 0, noise: 0 };

/** `values` (height, width, 3) as (rows, columns, 3), whole numbers from 0 to 255. */
export function distort(
  values: ArrayLike<number>,
  [height, width]: readonly [number, number],
  [rows, columns]: readonly [number, number],
  { angle, zoom, down, right, blur, brightness, noise }: Distortion,
): Uint8Array {
  const source = blur > 0 ? blurred(values, height, width, blur) : values;
  const turn = (angle * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn) / zoom, Math.sin(turn) / zoom];
  const result = new Uint8Array(rows * columns * 3);
  for (let row = 0, cell = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [y, x] = [row - (rows - 1) / 2 - down, column - (columns - 1) / 2 - right];
      const from = within((cos * y + sin * x) * (height / rows) + (height - 1) / 2, height);
      const left = within((cos * x - sin * y) * (width / columns) + (width - 1) / 2, width);
      const [top, start] = [Math.min(Math.floor(from), height - 2), Math.min(Math.floor(left), width - 2)];
      const [low, near] = [Math.max(top, 0), Math.max(start, 0)];
      const [high, far] = [Math.min(low + 1, height - 1), Math.min(near + 1, width - 1)];
      const [v, u] = [from - low, left - near];
      for (let channel = 0; channel < 3; channel++, cell++) {
        const at = (y: number, x: number) => source[(y * width + x) * 3 + channel];
        const above = at(low, near) + u * (at(low, far) - at(low, near));
        const below = at(high, near) + u * (at(high, far) - at(high, near));
        const value = above + v * (below - above) + brightness;
        const added = noise && noise * normalAt(row, column, channel);
        result[cell] = Math.min(255, Math.max(0, Math.round(value + added)));
      }
    }
  }
  return result;
}

const within = (place: number, size: number) => Math.min(Math.max(place, 0), size - 1);

/** A Gaussian filter as `scipy.ndimage.gaussian_filter` has it: cut off at four standard deviations. */
function blurred(values: ArrayLike<number>, height: number, width: number, sigma: number): Float64Array {
  const radius = Math.floor(4 * sigma + 0.5);
  const bell = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const total = bell.reduce((a, b) => a + b);
  const along = (from: ArrayLike<number>, size: number, step: number) => {
    const result = new Float64Array(from.length);
    for (let i = 0; i < from.length; i++) {
      const place = Math.floor(i / step) % size;
      for (let j = -radius; j <= radius; j++)
        result[i] += (bell[j + radius] / total) * from[i + (within(place + j, size) - place) * step];
    }
    return result;
  };
  return along(along(values, height, width * 3), width, 3);
}
