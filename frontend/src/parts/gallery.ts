// The pictures that a reader can choose in every lab; cnnbook/widgets/gallery.py packs them.
import { AssetError, type Model } from "../hosts/model.ts";
import type { Image } from "../ui/image.ts";

export type Gallery = Record<string, Image>;

/**
 * The asset "gallery", or another in its form: a line of JSON with names, widths and heights, then the bytes of picture
 * after picture.
 */
export async function loadGallery(model: Model, name = "gallery"): Promise<Gallery> {
  const bytes = await model.asset(name);
  let at = bytes.indexOf(10) + 1;
  const sizes: [name: string, width: number, height: number][] = JSON.parse(
    new TextDecoder().decode(bytes.subarray(0, at)),
  );
  const read = (width: number, height: number) => bytes.slice(at, (at += width * height * 3));
  const pictures = Object.fromEntries(
    sizes.map(([name, width, height]) => [name, { width, height, rgb: read(width, height) }]),
  );
  if (at !== bytes.length) throw new AssetError("Its pictures arrived damaged. Load the page or run the cell again.");
  return pictures;
}
