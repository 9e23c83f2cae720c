// How large the cells of maps are.
const TALLEST = 320; // pixels that a map may be high, and where it is shown large the share of the window
const TALLEST_SHARE = 0.45;
const LARGEST_CELL = 64; // pixels

/** The largest cells of which so many have room in each of `places`, in whole pixels of the screen. */
export function fitting(places: HTMLElement[], rows: number, columns: number): number {
  const large = places[0].closest(".large") !== null;
  const width = Math.min(...places.map((place) => place.clientWidth));
  const tallest = large ? Math.max(TALLEST, innerHeight * TALLEST_SHARE) : TALLEST;
  const size = Math.min(width / columns, tallest / rows, large ? Infinity : LARGEST_CELL);
  return Math.max(1, Math.floor(size * devicePixelRatio)) / devicePixelRatio;
}
