// One batch of CIFAR-10 out of a pickle, and nothing else. A pickle is a program; here its instructions that a batch
// needs are known and no others, and what it asks to run is not run: stand-ins take what NumPy's names would be given.
// Python's pickletools.py says what each instruction means; cnnbook/data/pickles.py reads the same in Python.
import { codes } from "./base64.ts";
import { DAMAGED, refused } from "./refused.ts";

/** What can be on the stack; a tuple is a list, and Python 2's text is bytes. */
type Value = null | boolean | number | string | Uint8Array | Value[] | Map<string, Value> | Named | Made;
/** What a pickle names, which stands for itself. */
class Named {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
/** What NumPy's names would make, and what it is then told. */
class Made extends Named {
  state: Value[] = [];
}

const LONGEST = 100_000; // instructions: a batch has 30,000
const KNOWN = /^(numpy\.(ndarray|dtype|_?core\.multiarray\._reconstruct)|_codecs\.encode)$/;
const MARK = Symbol();

const ascii = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 100));
const strange = (what: string) => refused(`is a pickle of ${what}`);
/** A name, as both versions of Python write it. */
const word = (value: Value): string => {
  if (value instanceof Uint8Array) return ascii(value);
  if (typeof value === "string") return value;
  throw strange("no order");
};

/** The dictionary that a pickle holds. Throws RangeError where it holds or wants anything that no batch does. */
export function unpickle(content: Uint8Array): Map<string, Value> {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const stack: (Value | typeof MARK)[] = [];
  const memo = new Map<number, Value>();
  let at = 0;

  const pop = (): Value => {
    const top = stack.pop();
    if (top === undefined || top === MARK) throw strange("no order");
    return top;
  };
  const top = (): Value => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const toMark = (): Value[] => {
    const from = stack.lastIndexOf(MARK);
    if (from < 0) throw strange("no order");
    return stack.splice(from).slice(1) as Value[];
  };
  const last = (count: number): Value[] => Array.from({ length: count }, pop).reverse();
  const one = (): number => view.getUint8(at++);
  const four = (): number => view.getUint32((at += 4) - 4, true);
  const bytes = (count: number): Uint8Array => {
    if (at + count > content.length) throw new RangeError();
    return content.subarray(at, (at += count));
  };
  const text = (count: number): string => new TextDecoder().decode(bytes(count));
  const line = (): string => {
    const end = content.indexOf(10, at);
    if (end < 0) throw new RangeError();
    return text(end + 1 - at).trim();
  };
  const name = (whole: string): Named => {
    const shown = whole.replace(/[^ -~]+/g, " ").slice(0, 40);
    if (!KNOWN.test(whole)) throw refused(`asks to run ${shown}, which was not done`);
    return new Named(whole);
  };
  const add = (pairs: Value[]) => {
    const map = top();
    if (!(map instanceof Map)) throw strange("no order");
    for (let i = 0; i + 1 < pairs.length; i += 2) map.set(word(pairs[i]), pairs[i + 1]);
  };
  const append = (values: Value[]) => {
    const list = top();
    if (!Array.isArray(list)) throw strange("no order");
    for (const value of values) list.push(value);
  };
  const call = (called: Value, given: Value): Value => {
    if (!(called instanceof Named) || !Array.isArray(given)) throw strange("no order");
    if (called.name !== "_codecs.encode") return new Made(called.name === "numpy.dtype" ? word(given[0]) : "array");
    // Bytes, as Python 3 writes them with protocol 2.
    const [letters, coding] = given;
    if (typeof letters !== "string" || coding !== "latin1") throw strange("another text");
    return codes(letters);
  };
  const build = (state: Value) => {
    const made = top();
    if (!(made instanceof Made) || !Array.isArray(state)) throw strange("no order");
    made.state = state;
  };
  const DO: Record<string, () => unknown> = {
    "\x80": () => bytes(1), // PROTO
    "\x95": () => bytes(8), // FRAME
    "(": () => stack.push(MARK),
    N: () => stack.push(null),
    "\x88": () => stack.push(true),
    "\x89": () => stack.push(false),
    J: () => stack.push(four() | 0), // BININT
    K: () => stack.push(one()),
    M: () => stack.push(view.getUint16((at += 2) - 2, true)),
    B: () => stack.push(bytes(four())), // BINBYTES
    C: () => stack.push(bytes(one())),
    T: () => stack.push(bytes(four())), // BINSTRING
    U: () => stack.push(bytes(one())),
    X: () => stack.push(text(four())), // BINUNICODE
    "\x8c": () => stack.push(text(one())),
    "]": () => stack.push([]),
    a: () => append(last(1)),
    e: () => append(toMark()),
    ")": () => stack.push([]), // EMPTY_TUPLE
    t: () => stack.push(toMark()),
    "\x85": () => stack.push(last(1)),
    "\x86": () => stack.push(last(2)),
    "\x87": () => stack.push(last(3)),
    "}": () => stack.push(new Map()),
    s: () => add(last(2)),
    u: () => add(toMark()),
    "\x94": () => memo.set(memo.size, top()), // MEMOIZE
    q: () => memo.set(one(), top()), // BINPUT
    r: () => memo.set(four(), top()),
    h: () => stack.push(memo.get(one()) ?? null), // BINGET
    j: () => stack.push(memo.get(four()) ?? null),
    c: () => stack.push(name(`${line()}.${line()}`)), // GLOBAL
    "\x93": () => stack.push(name(last(2).map(word).join("."))), // STACK_GLOBAL
    R: () => stack.push(call(...(last(2) as [Value, Value]))),
    b: () => build(pop()),
  };
  try {
    for (let count = 0; count < LONGEST; count++) {
      const code = String.fromCharCode(one());
      if (code === ".") {
        const value = pop();
        if (value instanceof Map) return value;
        throw strange("something else");
      }
      const step = DO[code];
      if (!step) throw refused("is a pickle with an instruction that no batch has");
      step();
    }
  } catch (error) {
    if (error instanceof RangeError && error.message.startsWith("This file")) throw error;
    throw refused(DAMAGED); // something was to be read beyond the end
  }
  throw refused("is a pickle of more instructions than any batch has");
}

/** The rows of bytes that a value is, as NumPy writes them or as bytes alone; null where it is none. */
export function rows(value: unknown, width: number): Uint8Array | null {
  if (value instanceof Uint8Array) return value.length && value.length % width === 0 ? value : null;
  if (!(value instanceof Made)) return null;
  const [, shape, type, columnsFirst, bytes] = value.state;
  const [count, wide] = Array.isArray(shape) ? shape : [];
  const fits = type instanceof Made && type.name === "u1" && wide === width && bytes instanceof Uint8Array;
  if (!fits || typeof count !== "number" || bytes.length !== count * width || !count) return null;
  return columnsFirst ? bytes.map((_, i) => bytes[(i % width) * count + Math.floor(i / width)]) : bytes;
}
