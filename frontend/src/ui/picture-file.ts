// What the bytes of a picture file say, for what browsers do not agree about: whether it is whole, and which way is up.

export interface PictureFile {
  whole: boolean; // up to the end that its format asks for: some browsers show a part of a file without a word
  size: [width: number, height: number]; // as stored; 0 where it is not known
  orientation: number; // 1 to 8 as in EXIF, to be applied here: no browser does so with WebP, some not with PNG
  fourInks: boolean; // CMYK: its colour profile is to be left aside, since most browsers do not read it
  heic: boolean;
  parts: BlobPart[]; // for the browser to decode
}

// What changes a PNG in one browser and not in another, or not in the same way. The profile in iCCP stays.
const LEFT_OUT = ["eXIf", "gAMA", "cHRM", "cICP"];

export function inspect(bytes: Uint8Array<ArrayBuffer>): PictureFile {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  const heic = /^....ftyp(hei|hev|mif1|msf1)/s.test(head);
  const file: PictureFile = { whole: true, size: [0, 0], orientation: 1, fourInks: false, heic, parts: [bytes] };
  const formats: [RegExp, typeof png][] = [
    [/^\xff\xd8/, jpeg],
    [/^\x89PNG/, png],
    [/^GIF8/, gif],
    [/^RIFF....WEBP/s, webp],
  ];
  try {
    formats.find(([start]) => start.test(head))?.[1](new DataView(bytes.buffer), bytes, file);
  } catch {
    file.whole = false; // something was to be read beyond the end
  }
  return file;
}

const word = (view: DataView, at: number): string =>
  String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));

/** ITU-T T.81, B.1: segments with a marker each; in compressed data 0xff comes before 0 and restart markers alone. */
function jpeg(view: DataView, bytes: Uint8Array, file: PictureFile): void {
  for (let at = 2; ;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) throw new RangeError();
    const marker = view.getUint8(at + 1);
    if (marker === 0xd9) return;
    if (marker === 0xff) at += 1;
    else if (marker < 2 || (marker >= 0xd0 && marker <= 0xd7)) at += 2;
    else {
      if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
        file.size = [view.getUint16(at + 7), view.getUint16(at + 5)];
        file.fourInks = view.getUint8(at + 9) === 4;
      }
      at += 2 + view.getUint16(at + 2);
    }
  }
}

/** https://www.w3.org/TR/png-3/#5Chunk-layout */
function png(view: DataView, bytes: Uint8Array<ArrayBuffer>, file: PictureFile): void {
  file.size = [view.getUint32(16), view.getUint32(20)];
  file.parts = [bytes.subarray(0, 8)];
  for (let at = 8, name = ""; name !== "IEND";) {
    const end = at + 12 + view.getUint32(at);
    name = word(view, at + 4);
    if (name === "eXIf") file.orientation = orientation(view, at + 8);
    view.getUint8(end - 1);
    if (!LEFT_OUT.includes(name)) file.parts.push(bytes.subarray(at, end));
    at = end;
  }
}

/** https://www.w3.org/Graphics/GIF/spec-gif89a.txt: extensions of sub-blocks, and the first frame, which counts. */
function gif(view: DataView, _: Uint8Array, file: PictureFile): void {
  file.size = [view.getUint16(6, true), view.getUint16(8, true)];
  const colours = (at: number) => (view.getUint8(at) & 0x80 ? 6 << (view.getUint8(at) & 7) : 0);
  let at = 13 + colours(10);
  for (let frame = false; !frame; at += 1) {
    frame = view.getUint8(at) === 0x2c;
    at += frame ? 11 + colours(at + 9) : 2;
    while (view.getUint8(at)) at += 1 + view.getUint8(at);
  }
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function webp(view: DataView, bytes: Uint8Array, file: PictureFile): void {
  const end = 8 + view.getUint32(4, true);
  view.getUint8(end - 1);
  for (let at = 12; at < end;) {
    const [name, size] = [word(view, at), view.getUint32(at + 4, true)];
    if (name === "VP8X")
      file.size = [1 + (view.getUint32(at + 12, true) & 0xffffff), 1 + (view.getUint32(at + 14, true) >>> 8)];
    if (name === "EXIF") {
      file.orientation = orientation(view, at + 8);
      bytes[at] = 0x58; // a name that nobody knows, so that no browser turns the picture, too
    }
    at += 8 + size + (size % 2);
  }
}

/** The orientation in the EXIF data at `at`; 1 where it says none. */
function orientation(view: DataView, at: number): number {
  try {
    if (word(view, at) === "Exif") at += 6;
    const little = view.getUint16(at) === 0x4949;
    const list = at + view.getUint32(at + 4, little);
    for (let entry = list + 2; entry < list + 2 + 12 * view.getUint16(list, little); entry += 12) {
      const value = view.getUint16(entry + 8, little);
      if (view.getUint16(entry, little) === 0x0112) return value >= 1 && value <= 8 ? value : 1;
    }
  } catch {
    // cut off, so it says none
  }
  return 1;
}
