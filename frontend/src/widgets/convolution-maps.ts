// The two maps of the convolution widget: what is drawn in them, and what is said about a cell.
import { diverging } from "../ui/colour.ts";
import { number, short } from "../ui/format.ts";
import type { Cell, Pen, Picture } from "../ui/heatmap.ts";
import { CHANNELS, inputAt, inside, outputAt, usersOf, type Layer } from "./convolution-state.ts";

const PATCH = "#ffe14d"; // the frame of the patch and of its output cell
const USERS = "#5ff0dc"; // the frame of an input pixel and of the outputs that use it
const SHADE = "#000c"; // over the outputs that are not computed yet

const place = ({ row, column }: Cell): string => `Row ${row}, column ${column}`;

export const describeOutput = (layer: Layer, cell: Cell): string => `${place(cell)}: ${number(outputAt(layer, cell))}`;

export function describeInput(layer: Layer, pixel: Cell): string {
  if (!inside(layer, pixel)) return `${place(pixel)}: padding, 0`;
  const parts = Array.from({ length: layer.channels }, (_, channel) => inputAt(layer, pixel, channel));
  return `${place(pixel)}: ${parts.length === 1 ? parts[0] : parts.map((value, channel) => `${CHANNELS[channel]} ${value}`).join(", ")}`;
}

/** How many outputs use the pixel. */
export function describeUse(layer: Layer, pixel: Cell): string {
  const count = usersOf(layer, pixel).length;
  return `${describeInput(layer, pixel)}. ${count === 0 ? "No output uses it" : count === 1 ? "1 output uses it" : `${count} outputs use it`}.`;
}

/** Which rows and columns no patch reaches, in words; "" where all are used. */
export function describeDropped({ settings, rows, columns }: Layer): string {
  const last = (count: number, what: string) => (count ? [count === 1 ? `the last ${what}` : `the last ${count} ${what}s`] : []);
  const dropped = [...last(rows.dropped, "row"), ...last(columns.dropped, "column")];
  if (!dropped.length) return "";
  const input = rows.after || columns.after ? "padded input" : "input";
  const verb = rows.dropped + columns.dropped === 1 ? "is" : "are";
  return `Stride ${settings.stride} has no room for one more step: ${dropped.join(" and ")} of the ${input} (hatched) ${verb} never used.`;
}

/** A cell of the padded input as a pixel of the picture; negative in the padding before it. */
export const unpadded = ({ rows, columns }: Layer, { row, column }: Cell): Cell => ({ row: row - rows.before, column: column - columns.before });

/** The input with its padding. */
export function inputPicture(layer: Layer): Picture {
  const { image, rows, columns, channels } = layer;
  const [high, wide] = [rows.before + image.height + rows.after, columns.before + image.width + columns.after];
  const value = (row: number, column: number, channel: number) => inputAt(layer, unpadded(layer, { row, column }), channel);
  return {
    rows: high,
    columns: wide,
    colour: (row, column) => [0, 1, 2].map((channel) => value(row, column, channel % channels)) as [number, number, number],
    text: (row, column) => (channels === 1 ? number(value(row, column, 0)) : ""),
    describe: (cell) => describeInput(layer, unpadded(layer, cell)),
    decorate(pen) {
      // The padding is as dark as its zeros are; a line says where the picture begins.
      if (high > image.height || wide > image.width) pen.outline(rows.before, columns.before, image.height, image.width, "#fffc");
      if (rows.dropped) pen.hatch(high - rows.dropped, 0, rows.dropped, wide);
      if (columns.dropped) pen.hatch(0, wide - columns.dropped, high - rows.dropped, columns.dropped);
    },
  };
}

export const outputPicture = (layer: Layer): Picture => ({
  rows: layer.rows.size,
  columns: layer.columns.size,
  colour: (row, column) => diverging(layer.scale && outputAt(layer, { row, column }) / layer.scale),
  text: (row, column) => short(outputAt(layer, { row, column })),
  describe: (cell) => describeOutput(layer, cell),
});

/** On the input: the patch under the kernel at `cell`, with the pixels that a dilated kernel uses, and `pixel`. */
export function markInput(pen: Pen, layer: Layer, cell: Cell, pixel: Cell | null): void {
  const { kernel, stride, dilation } = layer.settings;
  if (!layer.problem) {
    const [row, column] = [cell.row * stride, cell.column * stride];
    if (dilation > 1) {
      kernel.forEach((weights, i) => weights.forEach((_, j) => pen.outline(row + i * dilation, column + j * dilation, 1, 1, PATCH)));
    }
    pen.frame(row, column, (kernel.length - 1) * dilation + 1, (kernel[0].length - 1) * dilation + 1, PATCH);
  }
  if (pixel) pen.frame(pixel.row + layer.rows.before, pixel.column + layer.columns.before, 1, 1, USERS);
}

/** On the output: `cell`, the users of `pixel`, and a shade over what comes after `cell` while it is `growing`. */
export function markOutput(pen: Pen, layer: Layer, cell: Cell, pixel: Cell | null, growing: boolean): void {
  const { rows, columns } = layer;
  if (growing) {
    pen.fill(cell.row, cell.column + 1, 1, columns.size - cell.column - 1, SHADE);
    pen.fill(cell.row + 1, 0, rows.size - cell.row - 1, columns.size, SHADE);
  }
  const users = pixel ? usersOf(layer, pixel) : [];
  for (const { row, column } of users) pen.fill(row, column, 1, 1, `${USERS}99`);
  for (const { row, column } of users) pen.outline(row, column, 1, 1, USERS);
  pen.frame(cell.row, cell.column, 1, 1, PATCH);
}
