// The same network in TensorFlow.js on WebAssembly, its operations written out.
import * as tf from "@tensorflow/tfjs-core";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { unpack } from "../../frontend/src/ops/packed.ts";

const gelu = (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
const ACTIVATIONS = { linear: (x) => x, relu: tf.relu, gelu, softmax: tf.softmax };

export async function start(bytes) {
    setThreadsCount(1);
    setWasmPaths(new URL("./", import.meta.url).href);
    await tf.setBackend("wasm");
    await tf.ready();
    const packed = unpack(bytes);
    const steps = packed.layers.map((layer) => step(layer, packed));
    return (image) =>
        tf.tidy(() => steps.reduce((x, step) => step(x), tf.tensor4d(image, [1, ...packed.input])).dataSync());
}

/** What a layer does: a function from a tensor to a tensor. */
function step({ name, kind, activation = "linear", ...layer }, packed) {
    const array = (what) => {
        const [shape, numbers] = packed.array(name, what) ?? [];
        return shape && tf.tensor(numbers, shape);
    };
    const activate = ACTIVATIONS[activation];
    switch (kind) {
        case "Conv2D": {
            const [filter, bias] = [array("kernel"), array("bias")];
            const { strides, padding: pad } = layer;
            const own = activation === "relu" || activation === "linear"; // what the operation brings along
            const whole = (x) =>
                tf.fused.conv2d({ x, filter, strides, pad, bias, activation: own ? activation : "linear" });
            return own ? whole : (x) => activate(whole(x));
        }
        case "Dense": {
            const [b, bias] = [array("kernel"), array("bias")];
            return (a) => activate(tf.fused.matMul({ a, b, bias }));
        }
        case "BatchNormalization": {
            const [factor, term] = [array("factor"), array("term")];
            return (x) => tf.add(tf.mul(x, factor), term);
        }
        case "MaxPooling2D":
            return (x) => tf.maxPool(x, layer.pool_size, layer.strides, layer.padding);
        case "GlobalMaxPooling2D":
            return (x) => tf.max(x, [1, 2]);
        case "Flatten":
            return (x) => tf.reshape(x, [1, -1]);
        case "Rescaling":
            return (x) => tf.add(tf.mul(x, layer.scale), layer.offset);
        case "Activation":
            return activate;
        case "Softmax":
            return ACTIVATIONS.softmax;
        case "Dropout":
            return (x) => x;
        default:
            throw new RangeError(`no ${kind} here`);
    }
}
