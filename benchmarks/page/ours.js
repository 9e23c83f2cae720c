// The book's own engine: on this thread, and in a worker as the widgets have it.
import { Network } from "../../frontend/src/ops/network.ts";
import { unpack } from "../../frontend/src/ops/packed.ts";
import { Engine } from "../../frontend/src/parts/engine.ts";

export async function direct(packed) {
    const network = new Network(unpack(packed));
    const last = network.layers.at(-1).name;
    return (image) => {
        network.run(image);
        return network.output(last);
    };
}

export async function worker(packed) {
    const script = await (await fetch("engine.js")).arrayBuffer();
    const engine = new Engine(new Uint8Array(script));
    await engine.load(packed);
    const last = unpack(packed).layers.at(-1).name;
    return async (image) => (await engine.ask(image, [last]))[last];
}
