// A whole trained network: every layer's output for an image, in single precision, as Keras works it out.
import { ACTIVATIONS } from "./activation.ts";
import { kernels, type Kernels } from "./kernels.ts";
import type { Layer, Packed } from "./packed.ts";
import { softmax } from "./softmax.ts";
import { tensor } from "./tensor.ts";
import { windows, type Windows } from "./window.ts";

type Shape = readonly [rows: number, columns: number, channels: number];

/** Where the numbers of a layer lie in the memory. */
interface Place {
  at: number;
  size: number;
  shape: Shape;
}

const eights = (n: number) => 8 * Math.ceil(n / 8);
const SLACK = 8; // numbers: vectors of four are read and written beyond the end of a layer

export class Network {
  readonly layers: readonly Layer[];
  readonly input: Shape;
  private readonly memory: Float32Array;
  private readonly places = new Map<string, Place>();
  private readonly image: Place;
  private readonly steps: { name: string; run: () => void }[] = [];
  private readonly fast: Kernels;
  private size = 0; // of the memory, in numbers

  /** Throws RangeError where a layer is of no kind that is known here; the message names it. */
  constructor(packed: Packed, kind?: Parameters<typeof kernels>[1]) {
    [this.layers, this.input] = [packed.layers, packed.input];
    this.image = this.reserve(this.input);
    // First what lies where, then a memory of that size, then the weights into it.
    let before = this.image;
    const plans = packed.layers.map((layer) => {
      const plan = this.plan(layer, before, packed);
      this.places.set(layer.name, plan.place);
      before = plan.place;
      return { name: layer.name, ...plan };
    });
    this.fast = kernels(this.size, kind);
    this.memory = this.fast.memory;
    for (const { name, place, fill, run } of plans) {
      fill?.();
      this.steps.push({ name, run: () => run(this.memory.subarray(place.at, place.at + place.size)) });
    }
  }

  /**
   * Works out every layer for `image`, [rows, columns, channels] in row-major order. What `off` names, channels of a
   * layer, becomes 0 there.
   */
  run(image: ArrayLike<number>, off: Record<string, readonly number[]> = {}): void {
    if (image.length !== this.image.size)
      throw new RangeError(`The network takes ${this.input.join(" × ")} numbers, but there are ${image.length}.`);
    this.memory.set(image, this.image.at);
    for (const { name, run } of this.steps) {
      run();
      for (const channel of off[name] ?? []) {
        const { at, size, shape } = this.places.get(name)!;
        for (let i = at + channel; i < at + size; i += shape[2]) this.memory[i] = 0;
      }
    }
  }

  /** What came out of a layer last, [rows, columns, channels] in row-major order; the next `run` writes over it. */
  output(name: string): Float32Array {
    const { at, size } = this.places.get(name)!;
    return this.memory.subarray(at, at + size);
  }

  private reserve(shape: Shape, size = shape[0] * shape[1] * shape[2]): Place {
    const at = this.size;
    this.size += 4 * Math.ceil((size + SLACK) / 4);
    return { at, size, shape };
  }

  /** What a layer does to what lies in `from`: where its output lies, what is written once, and what in each run. */
  private plan(
    layer: Layer,
    from: Place,
    packed: Packed,
  ): { place: Place; fill?: () => void; run: (output: Float32Array) => void } {
    const { name, kind } = layer;
    const [, , channels] = from.shape;
    const input = () => this.memory.subarray(from.at, from.at + from.size);
    /** Each number times the factor of its channel, plus its term. */
    const affine = (factor: ArrayLike<number>, term: ArrayLike<number>) => {
      const place = this.reserve(from.shape);
      // Four times each, so that a whole number of vectors holds all.
      const period = 4 * factor.length;
      const [factors, terms] = [this.reserve([1, 1, period]), this.reserve([1, 1, period])];
      return {
        place,
        fill: () => {
          for (let i = 0; i < period; i += factor.length) {
            this.memory.set(factor, factors.at + i);
            this.memory.set(term, terms.at + i);
          }
        },
        run: () => this.fast.affine(4 * from.at, 4 * place.at, from.size, 4 * factors.at, 4 * terms.at, 4 * period),
      };
    };
    /** The largest, or the mean, of each window; what lies in the padding is left out, as TensorFlow does. */
    const pool = ({ rows, columns, stride }: Windows, [high, wide]: readonly number[], largest: boolean) => {
      const [height, width] = from.shape;
      const place = this.reserve([rows.size, columns.size, channels]);
      const run = () => {
        for (let row = 0, output = place.at; row < rows.size; row++) {
          const y = row * stride[0] - rows.before;
          const [top, bottom] = [Math.max(y, 0), Math.min(y + high, height)];
          for (let column = 0; column < columns.size; column++, output += channels) {
            const x = column * stride[1] - columns.before;
            const [left, right] = [Math.max(x, 0), Math.min(x + wide, width)];
            const input = from.at + (top * width + left) * channels;
            const line = 4 * width * channels;
            this.fast.pool(4 * input, 4 * output, channels, bottom - top, right - left, line, largest);
          }
        }
      };
      return { place, run };
    };
    switch (kind) {
      case "Conv2D":
      case "Dense": {
        const [shape, kernel] = packed.array(name, "kernel")!;
        return this.sums(layer, from, kind === "Dense" ? [1, 1, ...shape] : shape, kernel, packed.array(name, "bias"));
      }
      case "BatchNormalization": {
        const [factor, term] = ["factor", "term"].map((what) => packed.array(name, what)![1]);
        return affine(factor, term);
      }
      case "Rescaling":
        return affine([layer.scale!], [layer.offset!]);
      case "Activation":
      case "ReLU":
      case "Softmax": {
        const place = this.reserve(from.shape);
        const activate = this.activation(layer.activation ?? kind.toLowerCase(), place, name);
        return {
          place,
          run: (output) => {
            output.set(input());
            activate(output);
          },
        };
      }
      case "MaxPooling2D":
      case "AveragePooling2D": {
        const window = windows(from.shape, layer.pool_size!, { stride: layer.strides, padding: layer.padding });
        return pool(window, layer.pool_size!, kind === "MaxPooling2D");
      }
      case "GlobalMaxPooling2D":
      case "GlobalAveragePooling2D":
        return pool(windows(from.shape, from.shape), from.shape, kind === "GlobalMaxPooling2D");
      case "Flatten":
        return { place: { ...from, shape: [1, 1, from.size] }, run: () => {} };
      case "Dropout":
        return { place: from, run: () => {} };
      default:
        throw new RangeError(`The layer “${name}” is a ${kind}, which this page cannot work out.`);
    }
  }

  /** A convolution, and a dense layer, which is one with a single window. */
  private sums(
    { name, strides = [1, 1], padding, activation = "linear" }: Layer,
    from: Place,
    [kernelRows, kernelColumns, channels, filters]: readonly number[],
    kernel: Float32Array,
    bias?: readonly [number[], Float32Array],
  ) {
    const { rows, columns } = windows(from.shape, [kernelRows, kernelColumns], { stride: strides, padding });
    const place = this.reserve([rows.size, columns.size, filters]);
    const wide = eights(filters);
    const run = kernelColumns * channels;
    const weights = this.reserve([kernelRows, run, wide]);
    const terms = this.reserve([1, 1, wide]);
    const [high, across] = [rows.before + from.shape[0] + rows.after, columns.before + from.shape[1] + columns.after];
    const padded = padding === "same" ? this.reserve([high, across, channels]) : from;
    const result = wide === filters ? place : this.reserve([rows.size, columns.size, wide]);
    const activate = this.activation(activation, place, name);
    const line = from.shape[1] * channels;
    return {
      place,
      fill: () => {
        const { memory } = this;
        for (let f = 0; f < filters; f++) {
          const block = weights.at + (f - (f % 8)) * kernelRows * run + (f % 8);
          for (let i = 0; i < kernelRows * run; i++) memory[block + i * 8] = kernel[i * filters + f];
        }
        if (bias) memory.set(bias[1], terms.at);
      },
      run: (output: Float32Array) => {
        const { memory } = this;
        if (padded !== from) {
          for (let row = 0; row < from.shape[0]; row++) {
            const at = from.at + row * line;
            memory.copyWithin(padded.at + ((row + rows.before) * across + columns.before) * channels, at, at + line);
          }
        }
        this.fast.conv(
          4 * padded.at,
          4 * weights.at,
          4 * terms.at,
          4 * result.at,
          rows.size,
          columns.size,
          wide,
          kernelRows,
          run,
          4 * across * channels,
          4 * strides[1] * channels,
          4 * strides[0] * across * channels,
        );
        if (result !== place) {
          for (let i = 0; i < rows.size * columns.size; i++)
            memory.copyWithin(place.at + i * filters, result.at + i * wide, result.at + i * wide + filters);
        }
        activate(output);
      },
    };
  }

  /** The function, in place. */
  private activation(called: string, { at, size, shape }: Place, layer: string): (numbers: Float32Array) => void {
    const f = ACTIVATIONS[called];
    if (called === "linear") return () => {};
    if (called === "gelu") return () => this.fast.gelu(4 * at, size);
    if (called === "relu") return () => this.fast.relu(4 * at, size);
    if (called === "softmax") return (numbers) => numbers.set(softmax(tensor(shape, numbers)).data);
    if (!f) throw new RangeError(`The layer “${layer}” has the activation ${called}, which this page cannot work out.`);
    return (numbers) => numbers.forEach((value, i) => (numbers[i] = f(value)));
  }
}
