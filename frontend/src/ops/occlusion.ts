// A square that covers a part of the image, wherever it can stand; as cnnbook/analysis/attribution.py has it.

export interface Squares {
  tops: number[];
  lefts: number[];
  size: number;
}

/** Every `stride` rows and columns, and at the last ones. */
export function squares(rows: number, columns: number, size: number, stride: number): Squares {
  const starts = (length: number) => {
    const places = Array.from({ length: Math.ceil((length - size) / stride) }, (_, i) => i * stride);
    return [...new Set([...places, length - size])];
  };
  return { tops: starts(rows), lefts: starts(columns), size };
}

/** The image, (rows, columns, channels), once for each place of the square in a row of places, grey there. */
export function covered(
  image: Float32Array,
  [, columns, channels]: readonly [number, number, number],
  { lefts, size }: Squares,
  top: number,
  grey: number,
): Float32Array {
  const images = new Float32Array(image.length * lefts.length);
  lefts.forEach((left, i) => {
    images.set(image, i * image.length);
    for (let row = top; row < top + size; row++) {
      const start = i * image.length + (row * columns + left) * channels;
      images.fill(grey, start, start + size * channels);
    }
  });
  return images;
}

/** The mean of `drops`, one for each place of the square row by row, over all squares that cover a pixel; NaN: none. */
export function meanDrops(
  rows: number,
  columns: number,
  { tops, lefts, size }: Squares,
  drops: number[],
): Float64Array {
  const [sums, counts] = [new Float64Array(rows * columns), new Float64Array(rows * columns)];
  drops.forEach((drop, i) => {
    const [top, left] = [tops[Math.floor(i / lefts.length)], lefts[i % lefts.length]];
    for (let y = top; y < top + size; y++)
      for (let x = left; x < left + size; x++) {
        sums[y * columns + x] += drop;
        counts[y * columns + x]++;
      }
  });
  return sums.map((sum, i) => sum / counts[i]);
}
