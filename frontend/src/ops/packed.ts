// A trained network as Python packs it (cnnbook/packed.py): a line of JSON, then array after array.

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
  const start = bytes.indexOf(10) + 1;
  const { input, layers, arrays } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, start)));
  const readers = new Map<string, () => readonly [number[], Float32Array]>();
  const ready = new Map<string, readonly [number[], Float32Array] | undefined>();
  let end = start;
  for (const [layer, what, shape, type] of arrays as [string, string, number[], "f2" | "f4"][]) {
    const size = shape.reduce((product, n) => product * n, 1);
    const from = end;
    end += size * Number(type[1]);
    readers.set(`${layer}/${what}`, () => {
      const copy = bytes.slice(from, from + size * Number(type[1])).buffer;
      return [shape, type === "f4" ? new Float32Array(copy) : halves(new Uint16Array(copy))];
    });
  }
  if (end !== bytes.length) throw new RangeError(`The network needs ${end} bytes, but ${bytes.length} arrived.`);
  const array = (layer: string, what: string) => {
    const name = `${layer}/${what}`;
    if (!ready.has(name)) ready.set(name, readers.get(name)?.());
    return ready.get(name);
  };
  return { input, layers, array };
}

/** IEEE half-precision numbers. Multiplying by 2 ** 112 puts their exponent where single precision has it. */
function halves(codes: Uint16Array): Float32Array {
  const numbers = new Float32Array(codes.length);
  const bits = new Int32Array(numbers.buffer);
  for (let i = 0; i < codes.length; i++) {
    bits[i] = ((codes[i] & 0x8000) << 16) | ((codes[i] & 0x7fff) << 13);
    numbers[i] *= 2 ** 112;
  }
  return numbers;
}
