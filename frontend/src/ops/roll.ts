/** `data`, [rows, columns, channels], moved down and right: what leaves comes in on the other side. At most 9 times. */
export function roll<Data extends Uint8Array | Float64Array>(
  data: Data,
  [rows, columns]: readonly number[],
  down: number,
  right: number,
): Data {
  const width = data.length / rows; // numbers in a row
  const from = (place: number, size: number) => (place + 9 * size) % size;
  return data.map((_, i) => {
    const row = from(Math.floor(i / width) - down, rows);
    return data[row * width + from((i % width) - (right * width) / columns, width)];
  }) as Data;
}
