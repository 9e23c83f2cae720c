// The layers of a network that Keras saved: a .keras file, which is a zip with config.json in it, or the text of
// `model.to_json()`. Weights are not read.
import type { Stacked } from "../ops/stack.ts";
import { RULES } from "../states.ts";
import { quoted } from "../ui/message.ts";
import { allows } from "./rules.ts";

const { kinds, keras, plain: PLAIN } = RULES.builder.layers;
const KINDS: Record<string, Record<string, object>> = kinds;

/** What Keras calls a setting. */
export const called = (setting: string): string => (keras as Record<string, string>)[setting] ?? setting;

const LARGEST = 10_000_000; // bytes of a configuration

export interface Read {
  input: number[];
  layers: Stacked[];
}

/** Rejects with RangeError, a sentence for the reader, where there is no network of layers that the builder knows. */
export async function readKeras(file: Blob): Promise<Read> {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const zipped = start[0] === 0x50 && start[1] === 0x4b;
  if (!zipped && file.size > LARGEST) throw unknown();
  let config;
  try {
    config = JSON.parse(zipped ? await member(file, "config.json") : await file.text());
    if (typeof config === "string") config = JSON.parse(config); // the text of to_json(), written as JSON once more
  } catch (error) {
    throw error instanceof RangeError ? error : unknown();
  }
  if (typeof config?.class_name !== "string") throw unknown();
  if (config.class_name !== "Sequential")
    throw new RangeError(`This is a ${quoted(config.class_name)} network; the builder stacks Sequential ones.`);
  return network(config.config?.layers ?? []);
}

const unknown = () => new RangeError("This is no network of Keras: choose a .keras file, or the text of to_json().");

/** Number after number of one value, as that; a single one is itself. */
const one = (value: unknown): unknown =>
  Array.isArray(value) && value.every((each) => each === value[0]) ? value[0] : value;

function network(saved: any[]): Read {
  const [first, ...rest] = saved;
  const input = first?.class_name === "InputLayer" && (first.config.batch_shape ?? first.config.batch_input_shape);
  if (Array.isArray(input) && input.length === 2)
    throw new RangeError(`This network reads ${input[1]} numbers in a row, not images of rows, columns and channels.`);
  if (!Array.isArray(input) || input.length !== 4 || input.slice(1).includes(null))
    throw new RangeError("This network does not say how large its images are: build it with keras.Input first.");
  return { input: input.slice(1), layers: rest.map(({ class_name, config }) => layer(class_name, config)) };
}

function layer(kind: string, config: any): Stacked {
  const name = quoted(String(config?.name));
  if (["ReLU", "Softmax"].includes(kind)) {
    if (config?.max_value != null || config?.negative_slope || config?.threshold)
      throw new RangeError(`The layer ${name} is a bent ReLU; the builder knows the plain one.`);
    return { kind: "Activation", activation: kind.toLowerCase() };
  }
  if (!Object.keys(KINDS).includes(kind))
    throw new RangeError(`The layer ${name} is a ${quoted(kind)}; the builder knows ${Object.keys(KINDS).join(", ")}.`);
  for (const [setting, plain] of Object.entries(PLAIN))
    if (one(config[setting] ?? plain) !== plain)
      throw new RangeError(
        `The layer ${name} has ${setting} ${quoted(String(config[setting]))}; the builder knows ${plain}.`,
      );
  const told = Object.entries<any>(KINDS[kind]).map(([setting, rule]) => {
    const value = one(config[called(setting)]);
    if (allows(value, rule)) return [setting, value];
    const limits = rule.of?.join(", ") ?? `${rule.least} to ${rule.most}`;
    const knows = Array.isArray(value) ? "squares" : limits;
    const has = `${called(setting)} ${[value].flat().join(" × ")}`;
    throw new RangeError(`The layer ${name} has ${has}; the builder knows ${knows}.`);
  });
  return { kind, ...Object.fromEntries(told) };
}

/** The text of a member of a zip file (PKWARE, APPNOTE.TXT, 4.3): its directory stands at the end. */
async function member(file: Blob, wanted: string): Promise<string> {
  const view = async (from: number, to: number) => new DataView(await file.slice(from, to).arrayBuffer());
  const tail = await view(Math.max(0, file.size - 65_557), file.size);
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw unknown();
  const from = tail.getUint32(end + 16, true);
  const directory = await view(from, from + tail.getUint32(end + 12, true));
  for (let at = 0; at + 46 <= directory.byteLength;) {
    const [method, size, length] = [10, 20, 28].map((place) => directory.getUint32(at + place, true));
    const [name, extra, comment] = [length & 0xffff, length >>> 16, directory.getUint16(at + 32, true)];
    const called = new TextDecoder().decode(new Uint8Array(directory.buffer, at + 46, name));
    if (called === wanted && size < LARGEST && !(method & 0xffff)) {
      const local = directory.getUint32(at + 42, true);
      const head = await view(local, local + 30);
      const start = local + 30 + head.getUint16(26, true) + head.getUint16(28, true);
      return file.slice(start, start + size).text(); // Keras does not compress
    }
    at += 46 + name + extra + comment;
  }
  throw unknown();
}
