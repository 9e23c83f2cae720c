// The layer on the screen as a Keras program that runs by itself.
import { base64 } from "../ui/image.ts";
import { weight } from "../ui/format.ts";
import type { Layer } from "./convolution-state.ts";

/** A weight in full, as a fraction where it is one: Python reads both. */
const exact = (value: number): string => {
  const text = weight(value).replace("−", "-");
  return text.includes("/") ? text : String(value);
};

const list = (items: string[], indent = ""): string => `[${items.join(indent ? `,\n${indent}` : ", ")}]`;

/** Python code that computes `output`, equal to the map that `layer` shows. */
export function kerasCode({ settings, image, input, channels }: Layer): string {
  const { kernel, bias, stride, padding, dilation } = settings;
  const rows = kernel.map((row) => list(row.map((cell) => (channels === 1 ? exact(cell[0]) : list(cell.map(exact))))));
  const zeros = Number(padding);
  // Keras refuses a stride and a dilation at once. A kernel with zeros between its weights is the same as a dilated one.
  const spread = stride > 1 && dilation > 1;
  const [height, width] = [kernel.length, kernel[0].length].map((size) => (spread ? (size - 1) * dilation + 1 : size));
  return [
    "import base64",
    "",
    "import keras",
    "import numpy as np",
    "",
    `pixels = base64.b64decode("${base64(Uint8Array.from(input.data))}")`,
    `image = np.frombuffer(pixels, "uint8").reshape(${image.height}, ${image.width}, ${channels}).astype("float32")`,
    `kernel = np.array(${list(rows, " ".repeat(19))}, "float32").reshape(${kernel.length}, ${kernel[0].length}, ${channels}, 1)`,
    ...(spread
      ? [
          "# Keras takes no stride and dilation at once: the dilated kernel, with its zeros written out",
          `dilated = np.zeros((${height}, ${width}, ${channels}, 1), "float32")`,
          `dilated[::${dilation}, ::${dilation}] = kernel`,
        ]
      : []),
    "",
    "layer = keras.layers.Conv2D(",
    `    filters=1, kernel_size=(${height}, ${width}), strides=${stride}, padding="${padding === "same" ? "same" : "valid"}", dilation_rate=${spread ? 1 : dilation}`,
    ")",
    "model = keras.Sequential([",
    "    keras.Input(image.shape),",
    ...(zeros > 0 ? [`    keras.layers.ZeroPadding2D(${zeros}),`] : []),
    "    layer,",
    "])",
    `layer.set_weights([${spread ? "dilated" : "kernel"}, np.array([${bias}], "float32")])`,
    "output = model.predict(image[None], verbose=0)[0, :, :, 0]",
    "print(output.shape)",
    "",
  ].join("\n");
}
