// A network and what it makes of one input: loaded once, asked one question at a time, the latest one last.
import { unpack, type Layer, type Packed } from "../ops/packed.ts";
import { Engine } from "./engine.ts";

/** Maps that are switched off, such as "conv3 12", by layers. */
export function switchedOff(off: readonly string[]): Record<string, number[]> {
  const maps: Record<string, number[]> = {};
  for (const each of off) {
    const end = each.lastIndexOf(" ");
    (maps[each.slice(0, end)] ??= []).push(Number(each.slice(end)));
  }
  return maps;
}

export class Thinking {
  packed: Packed | null = null;
  problem = ""; // why there is no network, or no answer
  private outputs: Record<string, Float32Array> = {};
  private engine: Engine | null = null;
  private loading = false;
  private asking = false;
  private ended = false;
  private latest = ""; // what was asked last
  private next: (() => Promise<void>) | null = null;
  private readonly asset: (name: string) => Promise<Uint8Array>;
  private readonly name: string;
  private readonly changed: () => void;

  /** The network called `name` among the assets; `changed` hears that there is something new to show. */
  constructor(asset: (name: string) => Promise<Uint8Array>, name: string, changed: () => void) {
    [this.asset, this.name, this.changed] = [asset, name, changed];
  }

  get started(): boolean {
    return this.loading || this.engine !== null;
  }

  /** Whether what is shown is about to change. */
  get busy(): boolean {
    return this.loading || this.asking;
  }

  get layers(): readonly Layer[] {
    return this.packed?.layers ?? [];
  }

  /** What came out of layer `index` last, or went into the first (−1); undefined where that was not asked. */
  output(index: number): Float32Array | undefined {
    return this.outputs[index === -1 ? "" : (this.layers[index]?.name ?? "none")];
  }

  /** The layer that gives the probabilities. */
  get last(): number {
    return this.layers.length - 1;
  }

  /** The one before, where the last is a function of it; −2 where there is none. */
  get logits(): number {
    return ["Softmax", "Activation"].includes(this.layers[this.last]?.kind) ? this.last - 1 : -2;
  }

  async load(): Promise<void> {
    if (this.started) return;
    [this.loading, this.problem] = [true, ""];
    try {
      const [bytes, script] = await Promise.all([this.name, "engine"].map((name) => this.asset(name)));
      if (this.ended) return;
      const engine = new Engine(script);
      await engine.load(bytes);
      if (this.ended) return engine.end();
      [this.packed, this.engine] = [unpack(bytes), engine];
    } catch (error) {
      this.problem = (error as Error).message;
    }
    this.loading = false;
    this.changed();
  }

  /** Asks for the outputs of the layers `wanted`, unless it did so last. */
  ask(input: Float32Array, wanted: number[], off: readonly string[]): void {
    const question = [wanted, off, input].join("|");
    if (!this.engine || question === this.latest) return;
    this.latest = question;
    const ask = async () => {
      this.asking = true;
      try {
        const names = new Set([...wanted, this.last, this.logits].flatMap((i) => this.layers[i]?.name ?? []));
        const found = await this.engine!.ask(input, [...names], switchedOff(off));
        [this.outputs, this.problem] = [{ ...found, "": input }, ""];
      } catch (error) {
        this.problem = (error as Error).message;
      }
      this.asking = false;
      this.changed();
      const next = this.next;
      this.next = null;
      void next?.();
    };
    if (this.asking) this.next = ask;
    else void ask();
  }

  /** What comes out of the layers `wanted` for images, image after image; what is shown stays. */
  async answers(images: Float32Array, wanted: number[], off: readonly string[]): Promise<Float32Array[]> {
    const names = wanted.map((i) => this.layers[i].name);
    const found = await this.engine!.ask(images, names, switchedOff(off));
    return names.map((name) => found[name]);
  }

  /** Whether what was asked last has been answered. */
  get settled(): boolean {
    return this.packed !== null && !this.busy && !this.problem;
  }

  end(): void {
    this.ended = true;
    this.engine?.end();
    this.next = null;
  }
}
