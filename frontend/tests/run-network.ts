// For tests/widgets/test_network.py: each FOLDER holds a packed network (network.cnn) and images (images.f4). Writes what
// comes out of every layer, image after image, into FOLDER/outputs.f4: node run-network.ts simd|plain FOLDER...
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { Network } from "../src/ops/network.ts";
import { unpack } from "../src/ops/packed.ts";

const [kind, ...folders] = process.argv.slice(2);
for (const folder of folders) {
  const network = new Network(unpack(new Uint8Array(readFileSync(`${folder}/network.cnn`))), kind === "simd");
  const images = new Float32Array(new Uint8Array(readFileSync(`${folder}/images.f4`)).buffer);
  const size = network.input.reduce((product, n) => product * n);
  const outputs = openSync(`${folder}/outputs.f4`, "w");
  for (let start = 0; start < images.length; start += size) {
    network.run(images.subarray(start, start + size));
    for (const { name } of network.layers) writeSync(outputs, network.output(name));
  }
  closeSync(outputs);
}
