// A network at work beside the page: in a worker, so that nothing waits for it, or else between two frames.
import type { Answer, Question } from "../hosts/worker.ts";

interface Port {
  onmessage: ((event: { data: Answer }) => void) | null;
  postMessage(question: Question): void;
  terminate(): void;
}

export class Engine {
  private port: Port;
  private asked = 0;
  private readonly waiting = new Map<number, [(answer: Answer) => void, Question]>();

  private readonly script: string;

  /** The script `engine` works out a network of these bytes (ops/packed.ts); `ready` says what is wrong with it. */
  constructor(packed: Uint8Array, engine: Uint8Array) {
    this.script = new TextDecoder().decode(engine);
    this.port = this.listen(worker(this.script, () => this.retreat()) ?? beside(this.script));
    this.ready = this.send({ packed });
  }

  /** Rejects with a sentence where it cannot work. */
  readonly ready: Promise<unknown>;

  /**
   * What comes out of the layers `wanted`, image after image of `images`. Channels in `off` become 0 in their layers.
   * Rejects with a sentence where the images do not fit.
   */
  ask(images: Float32Array, wanted: string[], off?: Record<string, number[]>): Promise<Record<string, Float32Array>> {
    return this.send({ images, wanted, off });
  }

  /** What is asked still is never answered. */
  end(): void {
    this.port.terminate();
    this.waiting.clear();
  }

  private send(question: Omit<Question, "id">): Promise<Record<string, Float32Array>> {
    return new Promise((resolve, reject) => {
      const whole = { id: this.asked++, ...question };
      this.waiting.set(whole.id, [
        ({ outputs, error }) => (outputs ? resolve(outputs) : reject(new RangeError(error))),
        whole,
      ]);
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

  /** The worker could not start: what it was asked is asked again, on the page's own thread. */
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
    onmessage: (_: { data: Question }) => {},
    postMessage: (data: Answer) => port.onmessage?.({ data }),
  };
  const port: Port = {
    onmessage: null,
    postMessage: (data) => void setTimeout(() => inside.onmessage({ data })),
    terminate: () => (port.onmessage = null),
  };
  new Function("self", script)(inside);
  return port;
}
