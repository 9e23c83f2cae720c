// What runs in a worker: a network, and answers to questions. parts/engine.ts starts it, and asks.
import { readTestBatch, type Batch } from "../ops/cifar10.ts";
import { Network } from "../ops/network.ts";
import { unpack } from "../ops/packed.ts";

/** A network; or images for it, one after the other, and the names of the layers that are wanted; or a file. */
export interface Question {
  id: number;
  file?: Blob; // with the test images of CIFAR-10
  packed?: Uint8Array;
  images?: Float32Array;
  wanted?: string[];
  off?: Record<string, number[]>; // channels that become 0, by layers
}

/** The numbers of each wanted layer, image after image; or why there are none. */
export interface Answer {
  id: number;
  outputs?: Record<string, Float32Array>;
  batch?: Batch;
  error?: string;
}

interface Port {
  onmessage: ((event: { data: Question }) => Promise<void>) | null;
  postMessage(answer: Answer, transfer: ArrayBufferLike[]): void;
}

let network: Network;

function answer({ packed, images, wanted = [], off }: Question): Record<string, Float32Array> {
  if (packed) network = new Network(unpack(packed));
  if (!images) return {};
  const size = network.input.reduce((product, n) => product * n);
  const count = images.length / size;
  const outputs: Record<string, Float32Array> = {};
  for (let i = 0; i < count; i++) {
    network.run(images.subarray(i * size, (i + 1) * size), off);
    for (const name of wanted) {
      const numbers = network.output(name);
      outputs[name] ??= new Float32Array(count * numbers.length);
      outputs[name].set(numbers, i * numbers.length);
    }
  }
  return outputs;
}

const port = self as unknown as Port;
port.onmessage = async ({ data }) => {
  try {
    if (data.file) return port.postMessage({ id: data.id, batch: await readTestBatch(data.file) }, []);
    const outputs = answer(data);
    port.postMessage(
      { id: data.id, outputs },
      Object.values(outputs).map(({ buffer }) => buffer),
    );
  } catch (error) {
    port.postMessage({ id: data.id, error: (error as Error).message }, []);
  }
};
