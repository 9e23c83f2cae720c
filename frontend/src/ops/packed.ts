// A trained network as Python packs it (cnnbook/packed.py): a line of JSON, then array after array.
import { arrays } from "./arrays.ts";

/** A layer as Keras has it; `kind` is its class there. Which of the settings it has depends on the kind. */
export interface Layer {
  name: string;
  kind: string;
  shape: number[]; // of what comes out: rows, columns, channels, or channels alone
  activation?: string;
  strides?: [rows: number, columns: number];
  padding?: "valid" | "same";
  pool_size?: [rows: number, columns: number];
  scale?: number;
  offset?: number;
}

export interface Packed {
  input: [rows: number, columns: number, channels: number];
  layers: Layer[];
  /** An array of a layer, [shape, numbers], such as ("conv1", "kernel"), read once; undefined where it has none. */
  array(layer: string, what: string): readonly [shape: number[], data: Float32Array] | undefined;
}

/** Throws RangeError where bytes are missing, or are too many. */
export function unpack(bytes: Uint8Array): Packed {
  const { head, array } = arrays(bytes);
  const ready = new Map<string, ReturnType<Packed["array"]>>();
  return {
    input: head.input,
    layers: head.layers,
    array(layer, what) {
      const name = `${layer}/${what}`;
      if (!ready.has(name)) ready.set(name, array(name) as ReturnType<Packed["array"]>);
      return ready.get(name);
    },
  };
}
