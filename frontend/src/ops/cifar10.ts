// The test images of CIFAR-10 out of a file that a reader has: the archive, in the pickled or the binary version,
// compressed or not, or its test batch alone. What it is, its bytes say, whatever its name.
import { Bytes } from "./bytes.ts";
import { rows, unpickle } from "./pickle.ts";
import { DAMAGED, refused, unreadable } from "./refused.ts";
import { BLOCK, isHeader, members } from "./tar.ts";

export const SIDE = 32; // pixels
export const CLASSES = 10;
const PLANE = SIDE * SIDE;
const ROW = 3 * PLANE;
const MOST = 10_000; // images of a batch

export interface Batch {
  images: Uint8Array; // row after row: 1,024 red values, 1,024 green and 1,024 blue
  labels: Uint8Array;
}

// Bytes, above the true sizes: 31 million a batch, or 46 million by way of Python 2's pickles; 186 million an archive.
const LARGEST_BATCH = 60e6;
const LARGEST_ARCHIVE = 300e6;
// Of the sorted SHA-256 of all images with their labels: cnnbook/data/dataset.py, `in_hash_order`.
const OFFICIAL = "65a6ffe079453e514083f99356b35e02cbfd581b4951e3937fae188974b79f39";
const OTHERS: [start: RegExp, name: string][] = [
  [/^PK\x03\x04/, "a zip file"],
  [/^BZh\d1AY/, "a bzip2 file"],
  [/^\xfd7zXZ/, "an xz file"],
  [/^MATLAB /, "a file for Matlab"],
  [/^\s*<(!doctype|html)/i, "a Web page"],
  [/^\x89HDF|^\x93NUMPY/, "a file of arrays"],
  [/^(\xff\xd8\xff|\x89PNG|GIF8|RIFF)/, "a picture"],
  [/^([\t\n\r -~]|[\xc2-\xf4][\x80-\xbf]+)+[\xc2-\xf4]?$/, "a text"],
];

/**
 * The test batch of a file. It is read piece by piece, as far as is needed, and kept nowhere else. Throws RangeError
 * with a sentence where it holds no test batch.
 */
export async function readTestBatch(file: Blob): Promise<Batch> {
  if (!file.size) throw refused("is empty");
  let bytes = new Bytes(file.stream());
  try {
    const start = await bytes.peek(2);
    if (start[0] === 0x1f && start[1] === 0x8b) {
      bytes.end();
      bytes = new Bytes(unzipped(file));
    }
    return await read(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    // Of the reasons why bytes do not come, browsers tell those of a compressed file as TypeError.
    if (error instanceof TypeError) throw refused(DAMAGED);
    throw unreadable();
  } finally {
    bytes.end();
  }
}

/** Safari before 16.4 and Firefox before 113 have no DecompressionStream. */
function unzipped(file: Blob): ReadableStream<Uint8Array> {
  if ("DecompressionStream" in globalThis) return file.stream().pipeThrough(new DecompressionStream("gzip"));
  throw refused("is compressed, and your browser cannot unpack it", ": unpack it first, and choose what comes out.");
}

async function read(bytes: Bytes): Promise<Batch> {
  const start = await bytes.peek(BLOCK);
  if (!isHeader(start)) {
    const letters = String.fromCharCode(...start);
    const other = OTHERS.find(([sign]) => sign.test(letters));
    if (other) throw refused(`is ${other[1]}`);
    const content = await bytes.read(LARGEST_BATCH);
    return parse(content);
  }
  for await (const { path, size, plain } of members(bytes)) {
    if (/cifar-100-|fine_label_names/.test(path)) throw refused("is CIFAR-100");
    if (/\.mat$/.test(path)) throw refused("is the version for Matlab");
    if (bytes.passed + size > LARGEST_ARCHIVE) throw refused("is larger than all of CIFAR-10");
    if (!plain || !/(^|\/)test_batch(\.bin)?$/.test(path)) continue;
    if (size > LARGEST_BATCH) throw refused(`holds a test batch of ${size.toLocaleString("en")} bytes`);
    const content = await bytes.read(size);
    if (content.length < size) throw refused(DAMAGED);
    return parse(content);
  }
  throw refused("is an archive without a test batch");
}

/** A batch of the pickled or of the binary version. */
function parse(content: Uint8Array): Batch {
  if (content[0] === 0x80 && content[1] >= 2 && content[1] <= 5) return unpickled(content);
  const count = content.length / (ROW + 1);
  const each = (width: number, at: number) =>
    content.length % width ? [] : Array.from({ length: content.length / width }, (_, i) => content[i * width + at]);
  const [labels, coarse] = [each(ROW + 1, 0), each(ROW + 2, 0)];
  if (coarse.length && Math.max(...coarse) < 20) throw refused("is a batch of CIFAR-100");
  if (!labels.length || labels.some((label) => label >= CLASSES))
    throw refused("is no batch of images, or a part of one");
  if (count > MOST) throw refused(`holds more than ${MOST.toLocaleString("en")} images`);
  const images = new Uint8Array(count * ROW);
  for (let i = 0; i < count; i++) images.set(content.subarray(i * (ROW + 1) + 1, (i + 1) * (ROW + 1)), i * ROW);
  return { images, labels: Uint8Array.from(labels) };
}

function unpickled(content: Uint8Array): Batch {
  const batch = unpickle(content);
  if (batch.has("fine_labels")) throw refused("is a batch of CIFAR-100");
  const [images, labels] = [rows(batch.get("data"), ROW), batch.get("labels")];
  if (!images || !Array.isArray(labels)) throw refused("is a pickle without images and labels of CIFAR-10");
  const count = images.length / ROW;
  if (count > MOST) throw refused(`holds more than ${MOST.toLocaleString("en")} images`);
  if (labels.length !== count) throw refused(`holds ${count} images, and ${labels.length} labels`);
  if (!labels.every((label) => typeof label === "number" && label >= 0 && label < CLASSES))
    throw refused("holds labels other than 0 to 9");
  return { images, labels: Uint8Array.from(labels as number[]) };
}

/** One image as pixel after pixel: red, green, blue. */
export function pixels(images: Uint8Array, index: number): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array(ROW);
  for (let i = 0, at = index * ROW; i < PLANE; i++)
    for (let channel = 0; channel < 3; channel++) rgb[3 * i + channel] = images[at + channel * PLANE + i];
  return rgb;
}

/** Whether these are the 10,000 test images with their labels, in any order; null where the page cannot tell. */
export async function isOfficial({ images, labels }: Batch): Promise<boolean | null> {
  if (labels.length !== MOST) return false;
  const { subtle } = globalThis.crypto;
  if (!subtle) return null; // a page that came without encryption
  const sum = async (bytes: Uint8Array<ArrayBuffer>) => hex(new Uint8Array(await subtle.digest("SHA-256", bytes)));
  const sums: string[] = [];
  for (let i = 0; i < MOST; i += 500) {
    const some = Array.from({ length: 500 }, (_, j) => sum(Uint8Array.of(...pixels(images, i + j), labels[i + j])));
    sums.push(...(await Promise.all(some)));
  }
  const sorted = sums.sort().join("");
  return (await sum(Uint8Array.from(sorted.match(/../g)!, (byte) => parseInt(byte, 16)))) === OFFICIAL;
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
