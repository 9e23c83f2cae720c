// The answers of a network to a batch of images, worked out on all cores; it can be stopped, and go on.
import { pixels, type Batch } from "../ops/cifar10.ts";
import { unpack } from "../ops/packed.ts";
import { Engine } from "./engine.ts";

const CHUNK = 50; // images that an engine is asked about at a time
const MOST_ENGINES = 8; // each holds the network and one layer after the other, a few megabytes

export class Evaluation {
  readonly batch: Batch;
  readonly classes: number;
  readonly probabilities: Float32Array; // class after class, image after image
  readonly answers: Int16Array; // the most probable class of each image; -1 as long as there is none
  done = 0; // images
  private engines: Engine[] = [];
  private stopped = () => {};

  constructor(batch: Batch, classes: number) {
    [this.batch, this.classes] = [batch, classes];
    this.probabilities = new Float32Array(batch.labels.length * classes);
    this.answers = new Int16Array(batch.labels.length).fill(-1);
  }

  get running(): boolean {
    return this.engines.length > 0;
  }

  get finished(): boolean {
    return this.done === this.batch.labels.length;
  }

  /** The probabilities of the classes for an image. */
  of(image: number): Float32Array {
    return this.probabilities.subarray(image * this.classes, (image + 1) * this.classes);
  }

  /** Images by true class, then by answer. */
  confusion(): number[][] {
    const cells = Array.from({ length: this.classes }, () => Array<number>(this.classes).fill(0));
    this.answers.forEach((answer, i) => answer >= 0 && cells[this.batch.labels[i]][answer]++);
    return cells;
  }

  /** The images of a cell, those with the surest answers first. */
  cell(label: number, answer: number): number[] {
    const { labels } = this.batch;
    const found = [...this.answers.keys()].filter((i) => labels[i] === label && this.answers[i] === answer);
    return found.sort((i, j) => this.of(j)[answer] - this.of(i)[answer]);
  }

  /** Takes answers that are there already. */
  fill(probabilities: Float32Array, first = 0): void {
    this.probabilities.set(probabilities, first * this.classes);
    for (let i = first; i < first + probabilities.length / this.classes; i++) {
      const row = this.of(i);
      this.answers[i] = row.indexOf(Math.max(...row));
    }
    this.done += probabilities.length / this.classes;
  }

  /**
   * Asks the network `packed`, worked out by `script`, about every image that has no answer yet; `changed` hears of
   * each few. Resolves when all have one, or `stop` was called; rejects with a sentence where the network cannot work.
   */
  async run(packed: Uint8Array, script: Uint8Array, changed: () => void): Promise<void> {
    const { layers } = unpack(packed);
    const last = layers[layers.length - 1].name;
    const cores = Math.min(navigator.hardwareConcurrency || 2, MOST_ENGINES);
    const engines = Array.from({ length: cores }, () => new Engine(script));
    this.engines = engines;
    const starts = [...this.answers.keys()].filter((i) => i % CHUNK === 0 && this.answers[i] < 0);
    const work = async (engine: Engine) => {
      await engine.load(packed);
      for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
        const { [last]: found } = await engine.ask(this.input(start), [last]);
        this.fill(found, start);
        changed();
      }
    };
    try {
      // An engine that is stopped answers no more.
      await Promise.race([Promise.all(engines.map(work)), new Promise<void>((done) => (this.stopped = done))]);
    } finally {
      this.stop();
    }
  }

  /** What has no answer yet gets none. */
  stop(): void {
    this.engines.forEach((engine) => engine.end());
    this.engines = [];
    this.stopped();
  }

  /** A few images from `start` as the network takes them, from 0 to 1. */
  private input(start: number): Float32Array {
    const { images, labels } = this.batch;
    const count = Math.min(CHUNK, labels.length - start);
    const size = images.length / labels.length;
    const input = new Float32Array(count * size);
    for (let i = 0; i < count; i++) input.set(pixels(images, start + i), i * size);
    for (let i = 0; i < input.length; i++) input[i] /= 255;
    return input;
  }
}
