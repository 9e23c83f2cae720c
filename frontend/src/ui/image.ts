// Pictures of any size, and the small pictures that a layer sees. cnnbook/widgets/images.py does the same arithmetic.

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

export const base64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

export const store = ({ width, height, rgb }: Image): StoredImage => ({ width, height, rgb: base64(rgb) });

/** Throws RangeError where the bytes do not fill the picture. */
export function restore({ width, height, rgb }: StoredImage): Image {
  const bytes = Uint8Array.from(atob(rgb), (letter) => letter.charCodeAt(0));
  if (!(width > 0 && height > 0 && bytes.length === width * height * 3)) {
    throw new RangeError(`A picture of ${width} × ${height} needs ${width * height * 3} bytes, not ${bytes.length}.`);
  }
  return { width, height, rgb: bytes };
}

/** `image` with no side longer than `side`: each pixel is the mean of the area it covers, rounded half up. */
export function shrink(image: Image, side: number): Image {
  const longest = Math.max(image.width, image.height);
  if (longest <= side) return image;
  // Whole-number arithmetic, so that Python gets the same pixels to the last bit.
  const scaled = (length: number) => Math.max(1, Math.floor((2 * length * side + longest) / (2 * longest)));
  const [width, height] = [scaled(image.width), scaled(image.height)];
  const [columns, rows] = [overlaps(image.width, width), overlaps(image.height, height)];
  const area = image.width * image.height;
  const rgb = new Uint8Array(width * height * 3);
  rows.forEach((inRow, y) =>
    columns.forEach((inColumn, x) => {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (const [fromY, tall] of inRow) {
          for (const [fromX, wide] of inColumn) sum += tall * wide * image.rgb[(fromY * image.width + fromX) * 3 + channel];
        }
        rgb[(y * width + x) * 3 + channel] = Math.floor((2 * sum + area) / (2 * area));
      }
    }),
  );
  return { width, height, rgb };
}

/** For each of `to` cells, the pixels of a row of `from` that lie in it, with their share times `to`. */
function overlaps(from: number, to: number): [pixel: number, share: number][][] {
  return Array.from({ length: to }, (_, cell) => {
    const [start, end] = [cell * from, (cell + 1) * from];
    const inside: [number, number][] = [];
    for (let pixel = Math.floor(start / to); pixel * to < end; pixel++) {
      inside.push([pixel, Math.min(end, (pixel + 1) * to) - Math.max(start, pixel * to)]);
    }
    return inside;
  });
}

/** What a layer reads: [rows, columns, 3], or the brightness (ITU-R BT.601, whole numbers) as [rows, columns, 1]. */
export function values({ width, height, rgb }: Image, colour: boolean): Float64Array {
  if (colour) return Float64Array.from(rgb);
  return Float64Array.from({ length: width * height }, (_, pixel) => {
    const [red, green, blue] = rgb.subarray(pixel * 3, pixel * 3 + 3);
    return Math.floor((299 * red + 587 * green + 114 * blue + 500) / 1000);
  });
}

/** Reads a picture file of any size, on white where it is transparent. Throws Error where it is no picture. */
export async function readImage(file: File, side: number): Promise<Image> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`“${file.name}” is not a picture that your browser can read. Try a PNG, JPEG, GIF or WebP file.`);
  }
  // The browser brings large photographs down to 8 times the size needed; the exact mean does the rest.
  const ratio = Math.min(1, (8 * side) / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((length) => Math.max(1, Math.round(length * ratio)));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d")!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return shrink({ width, height, rgb: new Uint8Array(data.filter((_, index) => index % 4 < 3)) }, side);
}
