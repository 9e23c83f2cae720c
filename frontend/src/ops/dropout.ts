/**
 * What dropout multiplies `count` inputs by: 0 for what it drops, `rate` of them on average, and 1 / (1 - rate) for
 * the others. The numbers by chance are those of mulberry32 (T. Ettinger, 2017), so that cnnbook.ops draws the same.
 */
export function dropoutMask(count: number, rate: number, seed: number): number[] {
  return Array.from({ length: count }, () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 < rate ? 0 : 1 / (1 - rate);
  });
}
