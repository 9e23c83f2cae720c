// A network at work beside the page: in a worker, so that nothing waits for it, or else between two frames.
import type { Answer, Question } from "../hosts/worker.ts";
import type { Batch } from "../ops/cifar10.ts";
import { unreadable } from "../ops/refused.ts";

interface Port {
  onmessage: ((event: { data: Answer }) => void) | null;
  postMessage(question: Question): void;
  terminate(): void;
}

export class Engine {
  private port: Port;
  private asked = 0;
  private readonly script: string;
  private readonly waiting = new Map<number, [(answer: Answer) => void, Question]>();

  /** What runs `script`, the asset "engine". */
  constructor(script: Uint8Array) {
    this.script = new TextDecoder().decode(script);
    this.port = this.listen(worker(this.script, () => this.retreat()) ?? beside(this.script));
  }

  /** Takes a network (ops/packed.ts); rejects with a sentence where it cannot work. */
  async load(packed: Uint8Array): Promise<void> {
    await this.send({ packed });
  }

  /** Reads the test images of CIFAR-10 out of a file, before `load`; rejects with a sentence where it holds none. */
  async read(file: Blob): Promise<Batch> {
    const read = async () => (await this.send({ file })).batch!;
    try {
      return await read();
    } catch (error) {
      if ((error as Error).message !== unreadable().message) throw error;
      this.retreat(); // Safari lets no worker of a page that lies on a disk read files; this thread may
      return read();
    }
  }

  /**
   * What comes out of the layers `wanted`, image after image of `images`. Channels in `off` become 0 in their layers.
   * Rejects with a sentence where the images do not fit.
   */
  async ask(
    images: Float32Array,
    wanted: string[],
    off?: Record<string, number[]>,
  ): Promise<Record<string, Float32Array>> {
    return (await this.send({ images, wanted, off })).outputs!;
  }

  /** What is asked still is never answered. */
  end(): void {
    this.port.terminate();
    this.waiting.clear();
  }

  private send(question: Omit<Question, "id">): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const whole = { id: this.asked++, ...question };
      const settle = (answer: Answer) => (answer.error ? reject(new RangeError(answer.error)) : resolve(answer));
      this.waiting.set(whole.id, [settle, whole]);
      this.port.postMessage(whole);
    });
  }

  private listen(port: Port): Port {
    port.onmessage = ({ data }) => {
      const [settle] = this.waiting.get(data.id) ?? [];
      this.waiting.delete(data.id);
      settle?.(data);
    };
    return port;
  }

  /** The worker could not start, or read: what it was asked is asked again, on the page's own thread. */
  private retreat(): void {
    this.port.terminate();
    this.port = this.listen(beside(this.script));
    this.waiting.forEach(([, question]) => this.port.postMessage(question));
  }
}

/** A worker of a blob, which works from file://, too; null where the page may have none. */
function worker(script: string, fail: () => void): Port | null {
  try {
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const made = new Worker(url); // which may read it later: the address is not given back
    made.onerror = fail;
    return made as Port;
  } catch {
    return null;
  }
}

/** The same script on this thread. */
function beside(script: string): Port {
  const inside = {
    onmessage: async (_: { data: Question }) => {},
    postMessage: (data: Answer) => port.onmessage?.({ data }),
  };
  const port: Port = {
    onmessage: null,
    postMessage: (data) => void setTimeout(() => void inside.onmessage({ data })),
    terminate: () => (port.onmessage = null),
  };
  new Function("self", script)(inside);
  return port;
}
