// The page of benchmarks/network.py: three engines, the same networks, the same images, one after the other.
import { direct, worker } from "./ours.js";
import { start as onnx } from "./onnx.js";
import { start as tfjs } from "./tfjs.js";

const read = async (file) => new Uint8Array(await (await fetch(file)).arrayBuffer());
const engines = {};
let each; // image by image

/** Starts every engine with the network called `name`; returns image after image what each answers. */
globalThis.start = async (name, input) => {
    const [packed, model, bytes] = await Promise.all([`${name}.cnn`, `${name}.onnx`, "images.f4"].map(read));
    const images = new Float32Array(bytes.buffer);
    const size = input.reduce((product, n) => product * n);
    each = Array.from({ length: images.length / size }, (_, i) => images.slice(i * size, (i + 1) * size));
    engines.book = await direct(packed);
    engines["book, in its worker"] = await worker(packed);
    engines["TensorFlow.js"] = await tfjs(packed);
    engines["onnxruntime-web"] = await onnx(model, input);
    const answers = {};
    for (const [engine, answer] of Object.entries(engines)) {
        answers[engine] = [];
        for (const image of each) answers[engine].push([...(await answer(image))]);
    }
    return answers;
};

/** The engines in turns, `rounds` times: milliseconds an image, round after round of each. */
globalThis.race = async (rounds) => {
    const times = Object.fromEntries(Object.keys(engines).map((engine) => [engine, []]));
    for (let round = 0; round < rounds; round++) {
        for (const [engine, answer] of Object.entries(engines)) {
            const start = performance.now();
            for (const image of each) await answer(image);
            times[engine].push((performance.now() - start) / each.length);
        }
    }
    return times;
};
globalThis.ready = true;
