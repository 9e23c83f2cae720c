// The same network in onnxruntime-web, from the file that benchmarks/onnx_file.py writes.
import * as ort from "onnxruntime-web/wasm";

export async function start(model, input) {
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = { wasm: new URL("ort-wasm-simd-threaded.wasm", import.meta.url).href };
    const session = await ort.InferenceSession.create(model, {
        executionProviders: ["wasm"],
        graphOptimizationLevel: "all",
    });
    return async (image) => {
        const outputs = await session.run({ input: new ort.Tensor("float32", image, [1, ...input]) });
        return outputs[session.outputNames[0]].data;
    };
}
