/** `data`, [rows, columns, channels], moved so far down and to the right: what leaves comes in on the other side. */
export function roll<Data extends Uint8Array | Float64Array>(
  data: Data,
  [rows, columns]: readonly number[],
  down: number,
  right: number,
): Data {
  const width = data.length / rows; // numbers in a row
  const turned = (place: number, size: number) => (place + size * 9) % size;
  const from = (_: number, to: number) =>
    data[turned(Math.floor(to / width) - down, rows) * width + turned((to % width) - (right * width) / columns, width)];
  return data.map(from) as Data;
}
