// Arrays as Python packs them (cnnbook/packed.py): a line of JSON about them, then array after array.

type Numbers = Float32Array | Uint16Array | Uint8Array;

/** Reads the bytes of an array, by the name of its type in NumPy. */
const TYPES: Record<string, (bytes: ArrayBuffer) => Numbers> = {
  f2: (bytes) => halves(new Uint16Array(bytes)),
  f4: (bytes) => new Float32Array(bytes),
  u1: (bytes) => new Uint8Array(bytes),
  u2: (bytes) => new Uint16Array(bytes),
};

export type Packed = readonly [shape: number[], data: Numbers];

/**
 * What the line of JSON says, and an array by its name, read when it is asked for; undefined where there is none.
 * Throws RangeError where bytes are missing, or are too many.
 */
export function arrays(bytes: Uint8Array): { head: any; array(name: string): Packed | undefined } {
  let end = bytes.indexOf(10) + 1;
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const readers = new Map<string, () => Packed>();
  for (const [name, shape, type] of head.arrays as [string, number[], string][]) {
    const from = end;
    end += shape.reduce((product, n) => product * n, Number(type[1]));
    const to = end;
    readers.set(name, () => [shape, TYPES[type](bytes.slice(from, to).buffer)]);
  }
  if (end !== bytes.length) throw new RangeError(`The arrays need ${end} bytes, but ${bytes.length} arrived.`);
  return { head, array: (name) => readers.get(name)?.() };
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
