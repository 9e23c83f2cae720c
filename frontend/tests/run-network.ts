// For tests/widgets/test_network.py: node run-network.ts relaxed|simd|plain|answers|explained FOLDER... Each FOLDER
// holds a packed network (network.cnn) and images (images.f4). Writes what comes out of every layer, image after image,
// into outputs.f4 there; with "answers" the last layer alone; with "explained" instead what `explain` and `field` make
// of numbers by chance, into explained.json.
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { ACTIVATIONS } from "../src/ops/activation.ts";
import { explain } from "../src/ops/explain.ts";
import { field, inputShape } from "../src/ops/field.ts";
import { Network } from "../src/ops/network.ts";
import { unpack, type Packed } from "../src/ops/packed.ts";

const [kind, ...folders] = process.argv.slice(2);
const EACH = 6; // numbers of a layer

let seed = 1;
const below = (n: number) => (seed = (seed * 48271) % 2147483647) % n;

for (const folder of folders) {
  const packed = unpack(new Uint8Array(readFileSync(`${folder}/network.cnn`)));
  const network = new Network(packed, ["answers", "explained"].includes(kind) ? undefined : (kind as "plain"));
  const images = new Float32Array(new Uint8Array(readFileSync(`${folder}/images.f4`)).buffer);
  const size = network.input.reduce((product, n) => product * n);
  if (kind === "explained") {
    writeFileSync(`${folder}/explained.json`, JSON.stringify(explained(packed, network, images.subarray(0, size))));
    continue;
  }
  const told = network.layers.slice(kind === "answers" ? -1 : 0);
  const outputs = openSync(`${folder}/outputs.f4`, "w");
  for (let start = 0; start < images.length; start += size) {
    network.run(images.subarray(start, start + size));
    for (const { name } of told) writeSync(outputs, network.output(name));
  }
  closeSync(outputs);
}

/** Of numbers of each layer: what they are, what their story adds up to, whether pixels beyond their field matter. */
function explained(packed: Packed, network: Network, image: Float32Array): unknown[] {
  const [, width, channels] = packed.input;
  return packed.layers.flatMap((layer, index) =>
    Array.from({ length: EACH }, () => {
      const [rows, columns, maps] = layer.shape.length === 3 ? layer.shape : [1, 1, layer.shape[0]];
      const at = [below(rows), below(columns), below(maps)] as const;
      const value = () => network.output(layer.name)[(at[0] * columns + at[1]) * maps + at[2]];
      network.run(image);
      const input = index ? network.output(packed.layers[index - 1].name).slice() : image;
      const { total, terms, kind } = explain(packed, index, input, at);
      const here = value();
      const activation = ["Activation", "ReLU"].includes(layer.kind) ? undefined : layer.activation;
      const told = kind === "function" ? (layer.activation ?? "relu") : activation;
      const f = told && told !== "softmax" ? ACTIVATIONS[told] : undefined;
      const powers = terms.map(({ patch }) => Math.exp(patch[0] - terms[0].patch[0]));
      const share = Math.exp(total - terms[0].patch[0]) / powers.reduce((a, b) => a + b);
      const story = kind === "share" ? share : told === "softmax" ? null : f ? f(total) : total;
      const { top, left, bottom, right } = field(packed, index, ...at);
      const beyond = image.map((pixel, i) => {
        const [y, x] = [Math.floor(i / channels / width), Math.floor(i / channels) % width];
        return y >= top && y <= bottom && x >= left && x <= right ? pixel : -pixel - 1;
      });
      network.run(beyond);
      const shape = inputShape(packed, index);
      return { layer: layer.name, kind: layer.kind, shape, at, value: here, story, unmoved: value() === here };
    }),
  );
}
