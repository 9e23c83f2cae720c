// The state of the convolution widget, and the layer that it describes.
import kernels from "../../../cnnbook/widgets/kernels.json";
import type { State } from "../link.ts";
import type { Model } from "../model.ts";
import { conv2d } from "../ops/conv2d.ts";
import { tensor, type Tensor } from "../ops/tensor.ts";
import { windows, type OutputSize } from "../ops/window.ts";
import { LARGEST_NUMBER } from "../ui/format.ts";
import type { Cell } from "../ui/heatmap.ts";
import { restore, shrink, values, type Image, type StoredImage } from "../ui/image.ts";

export type Kernel = number[][][]; // [rows][columns][channels]

export interface Settings {
  source: string; // a name in the gallery, or "" for `own`
  own: StoredImage;
  side: number; // of the picture that the layer sees, at most
  colour: boolean;
  kernel: Kernel;
  bias: number;
  stride: number;
  padding: string; // "valid", "same", or a number of zeros
  dilation: number;
  cell: [row: number, column: number] | null; // pinned
}

export const NAMES = ["source", "own", "side", "colour", "kernel", "bias", "stride", "padding", "dilation", "cell"] as const;
export const CHANNELS = ["red", "green", "blue"];
export const SIDES = [8, 12, 16, 24, 32, 48, 64];
export const LARGEST = { side: 64, kernel: 7, stride: 8, padding: 16, dilation: 8 }; // as in convolution.py
export const PRESETS: Record<string, { label: string; divide: number; rows: number[][] }> = kernels;

/** The settings in `model`. Python may tell of a new colour before it tells of the kernel for it. */
export function read(model: Model): Settings {
  const settings = Object.fromEntries(NAMES.map((name) => [name, model.get(name)])) as unknown as Settings;
  return { ...settings, kernel: forChannels(settings.kernel, settings.colour ? 3 : 1) };
}

/** Whether the widget can be in this state: what convolution.py refuses does not fit. */
export function fits(state: State): boolean {
  const { gallery, source, own, side, colour, kernel, bias, stride, padding, dilation, cell } = state as any;
  const whole = (value: unknown, least: number, most: number) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
  const list = (value: unknown, least: number, most: number) => Array.isArray(value) && value.length >= least && value.length <= most;
  const writable = (value: unknown) => typeof value === "number" && Math.abs(value) <= LARGEST_NUMBER;
  const channels = colour ? 3 : 1;
  restore(own); // throws where it is no picture
  return (
    ["", ...Object.keys(gallery)].includes(source) &&
    whole(own.width, 1, LARGEST.side) && whole(own.height, 1, LARGEST.side) && whole(side, 1, LARGEST.side) &&
    typeof colour === "boolean" &&
    list(kernel, 1, LARGEST.kernel) &&
    kernel.every((row: unknown[]) => list(row, 1, LARGEST.kernel) && row.length === kernel[0].length) &&
    kernel.flat().every((weights: unknown[]) => list(weights, channels, channels) && weights.every(writable)) &&
    writable(bias) &&
    whole(stride, 1, LARGEST.stride) && whole(dilation, 1, LARGEST.dilation) &&
    (["valid", "same"].includes(padding) || (padding === String(Number(padding)) && whole(Number(padding), 0, LARGEST.padding))) &&
    (cell === null || (list(cell, 2, 2) && cell.every(Number.isInteger)))
  );
}

export function preset(name: string, channels: number): Kernel {
  const { rows, divide } = PRESETS[name];
  return rows.map((row) => row.map((value) => Array(channels).fill(value / divide)));
}

/** The name of the preset that `kernel` is, or "". */
export const presetOf = (kernel: Kernel): string =>
  Object.keys(PRESETS).find((name) => JSON.stringify(preset(name, kernel[0][0].length)) === JSON.stringify(kernel)) ?? "";

/** `kernel` with more or fewer rows and columns; its middle stays in the middle, and what is new is 0. */
export function resized(kernel: Kernel, rows: number, columns: number): Kernel {
  const from = (now: number, wanted: number) => Math.floor(now / 2) - Math.floor(wanted / 2);
  const [top, left] = [from(kernel.length, rows), from(kernel[0].length, columns)];
  const zeros = () => Array(kernel[0][0].length).fill(0); // new ones for each cell: the reader changes them one by one
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => kernel[i + top]?.[j + left] ?? zeros()));
}

/** `kernel` for another number of channels: copied to each, or their mean. */
export const forChannels = (kernel: Kernel, channels: number): Kernel =>
  kernel.map((row) =>
    row.map((cell) => (cell.length === channels ? cell : Array(channels).fill(cell.every((value) => value === cell[0]) ? cell[0] : cell.reduce((a, b) => a + b) / cell.length))),
  );

/** The picture that the layer sees. */
export const seen = ({ source, own, side }: Settings, gallery: Record<string, StoredImage>): Image =>
  shrink(restore(source ? gallery[source] : own), side);

/** A convolutional layer with one filter, its input and what comes out. */
export interface Layer {
  settings: Settings;
  image: Image;
  channels: number;
  input: Tensor; // [rows, columns, channels], 0 to 255
  rows: OutputSize;
  columns: OutputSize;
  output: Float64Array; // row by row; empty where no kernel fits
  problem: string; // why it is empty
  smallest: number;
  largest: number;
  scale: number; // of the colours: the value furthest from 0
}

export function layer(settings: Settings, gallery: Record<string, StoredImage>): Layer {
  const { kernel, bias, stride, dilation } = settings;
  const padding = isNaN(Number(settings.padding)) ? (settings.padding as "valid" | "same") : Number(settings.padding);
  const image = seen(settings, gallery);
  const channels = settings.colour ? 3 : 1;
  const input = tensor([image.height, image.width, channels], values(image, settings.colour));
  const around = typeof padding === "number" ? padding : 0;
  const nothing = { size: 0, before: around, after: around, dropped: 0 };
  const result: Layer = {
    settings, image, channels, input, rows: nothing, columns: nothing,
    output: new Float64Array(), problem: "", smallest: 0, largest: 0, scale: 0,
  };
  try {
    const options = { stride, padding, dilation };
    const weights = tensor([kernel.length, kernel[0].length, channels, 1], kernel.flat(2));
    const { rows, columns } = windows(input.shape, weights.shape, options);
    const output = conv2d(input, weights, { ...options, bias: tensor([1], [bias]) }).data;
    const [smallest, largest] = output.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
    return { ...result, rows, columns, output, smallest, largest, scale: Math.max(-smallest, largest) };
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem;
    return { ...result, problem: problem.message };
  }
}

export const outputAt = ({ output, columns }: Layer, { row, column }: Cell): number => output[row * columns.size + column];

/** The pixel of the input under weight (i, j) when the kernel stands at `cell`; outside of the input it is padding. */
export function under({ settings: { stride, dilation }, rows, columns }: Layer, cell: Cell, i: number, j: number): Cell {
  return { row: cell.row * stride - rows.before + i * dilation, column: cell.column * stride - columns.before + j * dilation };
}

/** Whether `place` is a pixel of the picture, not padding. */
export const inside = ({ image }: Layer, { row, column }: Cell): boolean =>
  row >= 0 && column >= 0 && row < image.height && column < image.width;

/** The value of the input at `place`, 0 in the padding. */
export const inputAt = (layer: Layer, place: Cell, channel: number): number =>
  inside(layer, place) ? layer.input.data[(place.row * layer.image.width + place.column) * layer.channels + channel] : 0;

/** The cells of the output whose patch uses the pixel at `place`; none where there is no output. */
export function usersOf(layer: Layer, place: Cell): Cell[] {
  const { kernel, stride, dilation } = layer.settings;
  const along = (at: number, { size, before }: OutputSize, weights: number) =>
    Array.from({ length: weights }, (_, i) => (at + before - i * dilation) / stride).filter((n) => Number.isInteger(n) && n >= 0 && n < size);
  const columns = along(place.column, layer.columns, kernel[0].length);
  return along(place.row, layer.rows, kernel.length).flatMap((row) => columns.map((column) => ({ row, column })));
}
