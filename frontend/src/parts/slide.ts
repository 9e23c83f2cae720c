// A window that slides over an image: where it can stand, what lies under it, and who uses a pixel.
import { windows, type OutputSize, type Padding } from "../ops/window.ts";
import type { Cell } from "../ui/grid.ts";

export interface Slide {
  height: number; // of the image, in pixels
  width: number;
  size: readonly [rows: number, columns: number]; // of the window
  stride: number;
  dilation: number;
  rows: OutputSize;
  columns: OutputSize;
  problem: string; // why the window fits nowhere; "" where it does
}

export interface Setting {
  stride: number;
  padding: Padding;
  dilation?: number;
}

/** How a window of `size` slides over `height` by `width` pixels. */
export function slide(
  height: number,
  width: number,
  size: readonly [number, number],
  { stride, padding, dilation = 1 }: Setting,
): Slide {
  const around = typeof padding === "number" ? padding : 0;
  const nowhere = { size: 0, before: around, after: around, dropped: 0 };
  const result = { height, width, size, stride, dilation, rows: nowhere, columns: nowhere, problem: "" };
  try {
    const { rows, columns } = windows([height, width], size, { stride, padding, dilation });
    return { ...result, rows, columns };
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem;
    return { ...result, problem: problem.message };
  }
}

/** The pixel under place (i, j) of the window that stands at `cell`; outside of the image it is padding. */
export const under = ({ stride, dilation, rows, columns }: Slide, cell: Cell, i: number, j: number): Cell => ({
  row: cell.row * stride - rows.before + i * dilation,
  column: cell.column * stride - columns.before + j * dilation,
});

/** Whether `place` is a pixel of the image, not padding. */
export const inside = ({ height, width }: Slide, { row, column }: Cell): boolean =>
  row >= 0 && column >= 0 && row < height && column < width;

/** The cells of the output whose window uses the pixel at `place`; none where there is no output. */
export function usersOf({ size, stride, dilation, rows, columns }: Slide, place: Cell): Cell[] {
  const along = (at: number, axis: OutputSize, places: number) =>
    Array.from({ length: places }, (_, i) => (at + axis.before - i * dilation) / stride).filter(
      (n) => Number.isInteger(n) && n >= 0 && n < axis.size,
    );
  const across = along(place.column, columns, size[1]);
  return along(place.row, rows, size[0]).flatMap((row) => across.map((column) => ({ row, column })));
}

/** The cell of the output whose window lies nearest to the one with its first place at `place` of the padded image. */
export function nearest({ stride, rows, columns }: Slide, place: Cell): Cell {
  const along = (at: number, { size }: OutputSize) => Math.min(size - 1, Math.max(0, Math.round(at / stride)));
  return { row: along(place.row, rows), column: along(place.column, columns) };
}

/** Which rows and columns no window reaches, in words; "" where all are used. */
export function describeDropped({ stride, rows, columns }: Slide): string {
  const last = (count: number, what: string) =>
    count ? [count === 1 ? `the last ${what}` : `the last ${count} ${what}s`] : [];
  const dropped = [...last(rows.dropped, "row"), ...last(columns.dropped, "column")];
  if (!dropped.length) return "";
  const input = rows.after || columns.after ? "padded input" : "input";
  const verb = rows.dropped + columns.dropped === 1 ? "is" : "are";
  const what = `${dropped.join(" and ")} of the ${input} (hatched)`;
  return `Stride ${stride} has no room for one more step: ${what} ${verb} never used.`;
}
