// What is on the screen as a program that runs by itself.
import { encode64 } from "../ops/base64.ts";
import type { Tensor } from "../ops/tensor.ts";
import { weight } from "../ui/format.ts";
import type { Layer } from "./sliding-maps.ts";

/** A layer as it stands in a program. */
export interface KerasLayer {
  input?: Tensor; // that the program begins with, where that is not the one that is shown
  before?: string[]; // lines that it needs
  layers: string[];
  after?: string[]; // lines that need the model
  maps?: string; // which of its maps are the output; the first unless given
}

/** A weight in full, as a fraction where it is one: Python reads both. */
export const exact = (value: number): string => {
  const text = weight(value).replace("−", "-");
  return text.includes("/") ? text : String(value);
};

export const list = (items: string[], indent = ""): string => `[${items.join(indent ? `,\n${indent}` : ", ")}]`;

/** Lines of Python that make `image`, uint8, of the bytes of a picture; they need base64 and np. */
export const pixels = (bytes: Uint8Array, ...shape: number[]): string[] => [
  `pixels = base64.b64decode("${encode64(bytes)}")`,
  `image = np.frombuffer(pixels, "uint8").reshape(${shape.join(", ")})`,
];

/** Python code that computes `output`, equal to the map that is shown. */
export function program(
  { image, channels, input: shown }: Pick<Layer, "image" | "channels" | "input">,
  { input = shown, before = [], layers, after = [], maps = "[0, :, :, 0]" }: KerasLayer,
): string {
  return [
    "import base64",
    "",
    "import keras",
    "import numpy as np",
    "",
    ...pixels(Uint8Array.from(input.data), image.height, image.width, channels),
    `image = image.astype("float32")`,
    ...before,
    "",
    "model = keras.Sequential([",
    "    keras.Input(image.shape),",
    ...layers.map((layer) => `    ${layer},`),
    "])",
    ...after,
    `output = model.predict(image[None], verbose=0)${maps}`,
    "print(output.shape)",
    "",
  ].join("\n");
}
