// What the layers of a network make of an image, and what that costs: shapes, parameters, multiply-adds, and how far
// each number sees.
import { outputSize } from "./window.ts";

/** A layer with its settings; cnnbook/widgets/stack.py lists them. */
export type Stacked = { kind: string } & Record<string, string | number>;

export interface Cost {
  shape: number[]; // of what comes out: rows, columns, channels, or numbers alone
  parameters: number;
  products: number; // multiplications, each with its addition, for one image; of convolutions and dense layers
  field: number; // pixels on a side that a number depends on, with padding; Infinity: the whole picture
}

const SLIDING = ["Conv2D", "DepthwiseConv2D", "MaxPooling2D", "AveragePooling2D"];

export const product = (numbers: number[]): number => numbers.reduce((all, n) => all * n, 1);

/** Layer after layer, up to the first that cannot follow the one before; `problem` says why, "" where all can. */
export function costs(input: number[], layers: Stacked[]): { costs: Cost[]; problem: string } {
  const done: Cost[] = [];
  let [shape, field, jump, flat] = [input, 1, 1, ""]; // flat: the layer that leaves no maps
  try {
    for (const layer of layers) {
      const window = Number(layer.kernel ?? layer.size ?? 1);
      if (SLIDING.includes(layer.kind) || layer.kind.startsWith("Global")) needsMaps(layer.kind, shape, flat);
      if (SLIDING.includes(layer.kind)) {
        field += (window - 1) * jump;
        jump *= Number(layer.stride);
      } else if (layer.kind === "Flatten" || layer.kind.startsWith("Global")) field = Infinity;
      const next = after(layer, shape, window);
      done.push({ ...spent(layer, shape, next, window), shape: next, field });
      if (shape.length > next.length) flat = `layer ${done.length}, ${layer.kind}`;
      shape = next;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { costs: done, problem: error.message };
  }
  return { costs: done, problem: "" };
}

function needsMaps(kind: string, shape: number[], flat: string): void {
  if (shape.length === 3) return;
  const come = shape[0] === 1 ? "1 number comes in" : `${shape[0].toLocaleString("en")} numbers in a row come in`;
  throw new RangeError(`${kind} needs maps, and ${come}: it has to stand above ${flat}, which leaves no maps.`);
}

/** The shape of what comes out. */
function after(layer: Stacked, shape: number[], window: number): number[] {
  const channels = shape[shape.length - 1];
  if (layer.kind === "Flatten") return [product(shape)];
  if (layer.kind.startsWith("Global")) return [channels];
  if (layer.kind === "Dense") return [...shape.slice(0, -1), Number(layer.units)];
  if (!SLIDING.includes(layer.kind)) return shape;
  const places = shape.slice(0, 2).map((size) => {
    if (layer.padding === "valid" && window > size)
      throw new RangeError(
        `A window of ${window} × ${window} fits nowhere on maps of ${shape[0]} × ${shape[1]}: take a smaller one, ` +
          "padding “same”, a larger image, or fewer poolings and strides above it.",
      );
    return outputSize(size, window, Number(layer.stride), layer.padding as "same").size;
  });
  return [...places, Number(layer.filters ?? channels)];
}

/** Parameters and products of a layer, from the shape that comes in and the one that comes out. */
function spent(layer: Stacked, from: number[], to: number[], window: number): Pick<Cost, "parameters" | "products"> {
  const [before, channels] = [from[from.length - 1], to[to.length - 1]];
  const places = product(to.slice(0, -1));
  const weights = (count: number) => ({ parameters: count + channels, products: places * count }); // and biases
  if (layer.kind === "Conv2D") return weights(window * window * before * channels);
  if (layer.kind === "DepthwiseConv2D") return weights(window * window * channels);
  if (layer.kind === "Dense") return weights(before * channels);
  return { parameters: layer.kind === "BatchNormalization" ? 4 * channels : 0, products: 0 };
}
