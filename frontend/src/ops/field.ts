// Which pixels of the picture a number of a network depends on.
import type { Layer, Packed } from "./packed.ts";
import { windows } from "./window.ts";

/** Places of a map, the last ones included. */
export interface Field {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** The shape of what goes into layer `index`, [rows, columns, channels]. */
export function inputShape({ input, layers }: Packed, index: number): readonly [number, number, number] {
  const shape = index ? layers[index - 1].shape : input;
  return shape.length === 3 ? [shape[0], shape[1], shape[2]] : [1, 1, shape[0]];
}

/** The places that layer `index` reads for the places `of` of its output, of which `channel` is one number. */
function reads(packed: Packed, index: number, of: Field, channel: number): Field {
  const layer = packed.layers[index];
  const [rows, columns, channels] = inputShape(packed, index);
  const size = windowOf(layer, packed);
  if (size) {
    const window = windows([rows, columns], size, { stride: layer.strides ?? 1, padding: layer.padding });
    const first = (place: number, axis: 0 | 1) =>
      place * window.stride[axis] - (axis ? window.columns.before : window.rows.before);
    return {
      top: Math.max(0, first(of.top, 0)),
      left: Math.max(0, first(of.left, 1)),
      bottom: Math.min(rows, first(of.bottom, 0) + size[0]) - 1,
      right: Math.min(columns, first(of.right, 1) + size[1]) - 1,
    };
  }
  if (layer.kind === "Flatten") {
    const pixel = Math.floor(channel / channels);
    const [row, column] = [Math.floor(pixel / columns), pixel % columns];
    return { top: row, left: column, bottom: row, right: column };
  }
  if (layer.kind.startsWith("Global")) return { top: 0, left: 0, bottom: rows - 1, right: columns - 1 };
  return of; // number by number
}

/** The pixels that a number of layer `index` depends on: its receptive field, as far as it lies on the picture. */
export function field(packed: Packed, index: number, row: number, column: number, channel: number): Field {
  let of: Field = { top: row, left: column, bottom: row, right: column };
  for (let i = index; i >= 0; i--) {
    // Behind a dense layer every number of the one before counts, not `channel` alone.
    const flattened = packed.layers[i].kind === "Flatten" && i !== index;
    const [rows, columns] = inputShape(packed, i);
    of = flattened ? { top: 0, left: 0, bottom: rows - 1, right: columns - 1 } : reads(packed, i, of, channel);
  }
  return of;
}

const windowOf = (layer: Layer, packed: Packed): readonly [number, number] | undefined =>
  layer.pool_size ?? (layer.kind === "Conv2D" ? (packed.array(layer.name, "kernel")![0] as never) : undefined);
