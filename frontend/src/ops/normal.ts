/**
 * A normally distributed number for a channel of a pixel, by its place alone; `normal_at_places` of
 * cnnbook.analysis.robustness draws the same, and says how.
 */
export function normalAt(row: number, column: number, channel: number): number {
  const place = ((row + 1) << 19) | (column << 3) | (channel << 1);
  const [chance, turn] = [hashed(place), hashed(place + 1)];
  return Math.sqrt(-2 * Math.log(chance)) * Math.sin(2 * Math.PI * turn);
}

/** A number between 0 and 1: the hash lowbias32 (https://github.com/skeeto/hash-prospector). */
function hashed(whole: number): number {
  let mixed = Math.imul(whole ^ (whole >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (((mixed ^ (mixed >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}
