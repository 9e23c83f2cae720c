// Pictures of any size, and the small pictures that a layer sees. cnnbook/data/pictures.py gets the same pixels.
import { decode64, encode64 } from "../ops/base64.ts";
import { element } from "./dom.ts";
import { quoted } from "./message.ts";
import { inspect } from "./picture-file.ts";

const LARGEST = 120e6; // pixels of a picture: its bytes in memory are four times as many
const TILE = 1024; // pixels on a side of what is read at a time: every browser has a canvas as large

/** Rows of red, green, blue, from 0 to 255. */
export interface Image {
  width: number;
  height: number;
  rgb: Uint8Array;
}

/** An image as it travels in a state: `rgb` in base64. */
export interface StoredImage {
  width: number;
  height: number;
  rgb: string;
}

export const store = ({ width, height, rgb }: Image): StoredImage => ({ width, height, rgb: encode64(rgb) });

/** Throws RangeError where the bytes do not fill the picture. */
export function restore({ width, height, rgb }: StoredImage): Image {
  const bytes = decode64(rgb);
  if (!(width > 0 && height > 0 && bytes.length === width * height * 3)) {
    throw new RangeError(`A picture of ${width} × ${height} needs ${width * height * 3} bytes, not ${bytes.length}.`);
  }
  return { width, height, rgb: bytes };
}

/** The middle of a picture: what is left where it is cut to a square. */
export function square({ width, height, rgb }: Image): Image {
  const side = Math.min(width, height);
  const [top, left] = [(height - side) >> 1, (width - side) >> 1];
  const cut = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const start = ((top + y) * width + left) * 3;
    cut.set(rgb.subarray(start, start + side * 3), y * side * 3);
  }
  return { width: side, height: side, rgb: cut };
}

/** `image` with no side longer than `side`: each pixel is the mean of the area it covers, rounded half up. */
export function shrink(image: Image, side: number): Image {
  if (Math.max(image.width, image.height) <= side) return image;
  const small = shrinking(image.width, image.height, side);
  small.add(0, 0, image.width, image.height, image.rgb, 3);
  return small.image();
}

/** A picture of `width` by `height` pixels that is brought to `side` while it comes in, tile by tile. */
function shrinking(width: number, height: number, side: number) {
  // Whole-number arithmetic, so that Python gets the same pixels to the last bit.
  const longest = Math.max(width, height, side);
  const scaled = (length: number) => Math.max(1, Math.floor((2 * length * side + longest) / (2 * longest)));
  const [columns, rows] = [scaled(width), scaled(height)];
  const [across, down] = [shares(width, columns), shares(height, rows)];
  const sums = new Float64Array(rows * columns * 3);
  const line = new Float64Array((columns + 1) * 3);
  return {
    /** Takes the tile at (`left`, `top`): `data` holds `channels` numbers a pixel, red, green and blue first. */
    add(left: number, top: number, wide: number, tall: number, data: ArrayLike<number>, channels: number): void {
      for (let y = 0; y < tall; y++) {
        line.fill(0);
        for (let x = 0; x < wide; x++) {
          const cell = across.cells[left + x] * 3;
          const share = across.shares[left + x];
          for (let channel = 0; channel < 3; channel++) {
            const value = data[(y * wide + x) * channels + channel];
            line[cell + channel] += share * value;
            line[cell + 3 + channel] += (columns - share) * value;
          }
        }
        const [cell, share] = [down.cells[top + y] * columns * 3, down.shares[top + y]];
        for (let i = 0; i < columns * 3; i++) {
          sums[cell + i] += share * line[i];
          if (share < rows) sums[cell + columns * 3 + i] += (rows - share) * line[i];
        }
      }
    },
    image(): Image {
      const area = width * height;
      return {
        width: columns,
        height: rows,
        rgb: Uint8Array.from(sums, (sum) => Math.floor((2 * sum + area) / (2 * area))),
      };
    },
  };
}

/** For each of `from` pixels the first of `to` cells it lies in, and its share in that; the next has `to` minus it. */
function shares(from: number, to: number): { cells: Int32Array; shares: Int32Array } {
  const cells = Int32Array.from({ length: from }, (_, pixel) => Math.floor((pixel * to) / from));
  return { cells, shares: cells.map((cell, pixel) => Math.min(to, (cell + 1) * from - pixel * to)) };
}

/** What a layer reads: [rows, columns, 3], or the brightness (ITU-R BT.601, whole numbers) as [rows, columns, 1]. */
export function values({ width, height, rgb }: Image, colour: boolean): Float64Array {
  if (colour) return Float64Array.from(rgb);
  return Float64Array.from({ length: width * height }, (_, pixel) => {
    const [red, green, blue] = rgb.subarray(pixel * 3, pixel * 3 + 3);
    return Math.floor((299 * red + 587 * green + 114 * blue + 500) / 1000);
  });
}

/** Reads a picture file, on white where it is transparent. Throws Error with what is wrong with it. */
export async function readImage(file: File, side: number): Promise<Image> {
  const fail = (problem: string): never => {
    throw new Error(`${quoted(file.name)} ${problem}`);
  };
  const check = (width: number, height: number) => {
    const most = `${LARGEST / 1e6} million`;
    if (width * height > LARGEST) fail(`has ${width} × ${height} pixels, more than ${most}. Make it smaller first.`);
  };
  if (!file.size) fail("is empty. Choose another file.");
  if (file.size > 8 * LARGEST) fail("is too large to be a picture. Choose another file.");
  const bytes = await file.arrayBuffer().catch(() => fail("cannot be read. Choose a picture file."));
  const { whole, size, orientation, fourInks, heic, parts } = inspect(new Uint8Array(bytes));
  check(...size);
  if (!whole) fail("is damaged or cut short. Get it again.");
  // Older browsers take no second argument.
  const options: [ImageBitmapOptions?] = fourInks ? [{ colorSpaceConversion: "none" }] : [];
  const bitmap = await createImageBitmap(new Blob(parts), ...options).catch(() =>
    fail(
      heic
        ? "is a HEIC picture, which your browser cannot read. Export it as JPEG first."
        : "is not a picture that your browser can read, or it is damaged. Try a PNG, JPEG, GIF or WebP file.",
    ),
  );
  check(bitmap.width, bitmap.height);
  return turned(await fromBitmap(bitmap, side), orientation);
}

/** `bitmap` on white, brought to `side`; it is closed. The page goes on between tiles, for there may be a hundred. */
export async function fromBitmap(bitmap: ImageBitmap, side: number): Promise<Image> {
  const { width, height } = bitmap;
  const small = shrinking(width, height, side);
  const canvas = element("canvas", { width: Math.min(width, TILE), height: Math.min(height, TILE) });
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "#fff";
  for (let top = 0; top < height; top += TILE) {
    for (let left = 0; left < width; left += TILE) {
      const [wide, tall] = [Math.min(TILE, width - left), Math.min(TILE, height - top)];
      context.fillRect(0, 0, wide, tall);
      context.drawImage(bitmap, -left, -top);
      small.add(left, top, wide, tall, context.getImageData(0, 0, wide, tall).data, 4);
      await new Promise((go) => setTimeout(go));
    }
  }
  bitmap.close();
  return small.image();
}

/** `image`, stored with this orientation (1 to 8, EXIF 2.3, 4.6.4), upright. */
function turned({ width, height, rgb }: Image, orientation: number): Image {
  const transposed = orientation > 4;
  const [flipX, flipY] = [[2, 3, 7, 8].includes(orientation), [3, 4, 6, 7].includes(orientation)];
  const upright = new Uint8Array(rgb.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [right, down] = [flipX ? width - 1 - x : x, flipY ? height - 1 - y : y];
      const at = transposed ? right * height + down : down * width + right;
      upright.set(rgb.subarray(3 * (y * width + x), 3 * (y * width + x) + 3), 3 * at);
    }
  }
  return transposed ? { width: height, height: width, rgb: upright } : { width, height, rgb: upright };
}
