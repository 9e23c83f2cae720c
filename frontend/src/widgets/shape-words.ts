// What the shape lab says: the formula with its numbers, the padding for a wanted size, and what two libraries do.
import { outputSize, zerosFor, type OutputSize } from "../ops/window.ts";
import type { StateOf } from "../parts/rules.ts";

type State = StateOf<"shape">;

/** What a library makes of the settings; no `axis` where the window fits nowhere. */
export interface Answer {
  code: string;
  axis?: OutputSize;
}

export const list = (items: string[]): string => items.join(", ").replace(/, (\S*)$/, " and $1");
export const counted = (count: number | "no", what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** How many outputs, and why, in lines. */
export function formula(state: State, { size: outputs, before, after }: OutputSize): string {
  const { size, kernel, stride, padding, dilation } = state;
  const [zeros, span] = [before + after, (kernel - 1) * dilation + 1];
  const [steps, way] = [outputs - 1, size + zeros - span];
  const needed = String(steps * stride + span - size).replace("-", "−");
  return [
    ...(dilation > 1 ? [`The window spans (${kernel} − 1) · ${dilation} + 1 = ${span} pixels.`] : []),
    ...(padding === "same"
      ? [
          `“same” asks for ⌈${size} / ${stride}⌉ = ${counted(outputs, "output")}. ` +
            `They need ${steps} · ${stride} + ${span} − ${size} = ${needed}, so ${counted(zeros, "zero")}: ` +
            `${before} before, ${after} after.`,
        ]
      : []),
    stride === 1
      ? `${size} + ${zeros} − ${span} + 1 = ${counted(outputs, "output")}`.replace(" + 0", "")
      : `⌊(${size} + ${zeros} − ${span}) / ${stride}⌋ + 1 = ⌊${way} / ${stride}⌋ + 1 = ${counted(outputs, "output")}`,
  ].join("\n");
}

/** Which padding gives the wanted outputs. */
export function paddingFor({ wanted, size, kernel, stride, dilation }: State): string {
  const { least, most } = zerosFor(wanted, size, kernel, stride, dilation);
  const [half, outputs] = [Math.ceil(least / 2), counted(wanted, "output")];
  if (most < 0) return `Too few: without any zeros there are more than ${counted(wanted, "output")} already.`;
  if (!least) return `${outputs}: no zeros are needed.`;
  const zeros = `${outputs}: ${least === most ? "" : `${least} to `}${counted(most, "zero")} in all`;
  return 2 * half <= most
    ? `${zeros}, ${half} on each side will do.`
    : `${zeros}, ${half - 1} on one side and ${half} on the other.`;
}

export function inKeras({ size, kernel, stride, padding, dilation }: State): Answer {
  const code = typeof padding === "number" ? `ZeroPadding2D(${padding})` : `padding="${padding}"`;
  return { code, axis: outputSize(size, kernel, stride, padding, dilation) };
}

export function inPyTorch({ size, kernel, stride, padding, dilation }: State): Answer {
  const way = (kernel - 1) * dilation;
  const zeros = padding === "valid" ? 0 : padding === "same" ? Math.floor(way / 2) : padding;
  if (padding === "same" && stride === 1)
    return { code: 'padding="same"', axis: outputSize(size, kernel, 1, "same", dilation) };
  const fits = way < size + 2 * zeros;
  return { code: `padding=${zeros}`, ...(fits && { axis: outputSize(size, kernel, stride, zeros, dilation) }) };
}

/** Where the two differ. */
export function compare(
  { padding, stride, dilation }: State,
  { axis: keras }: Answer,
  { axis: torch }: Answer,
): string {
  const same = padding === "same" && stride > 1;
  const start = ({ before }: OutputSize) => (before ? `${counted(before, "place")} before x0` : "at x0");
  return [
    ...(same ? ["PyTorch refuses “same” with a stride; this is what one writes there instead."] : []),
    ...(stride > 1 && dilation > 1 ? ["Keras refuses a stride and a dilation together, PyTorch takes both."] : []),
    !torch
      ? "There it fits nowhere."
      : keras!.before !== torch.before
        ? `They differ: y0 begins ${start(keras!)} in Keras, ${start(torch)} in PyTorch.`
        : keras!.size !== torch.size
          ? "They differ in the number of outputs."
          : "Every output reads the same in both.",
  ].join(" ");
}

/** The layer as a program. */
export function program({ size, kernel, stride, padding, dilation }: State): string {
  const zeros = typeof padding === "number" ? padding : 0;
  // Keras takes a stride or a dilation: a larger kernel spans as much.
  const both = stride > 1 && dilation > 1;
  const window = both ? (kernel - 1) * dilation + 1 : kernel;
  const steps = `strides=${stride}, dilation_rate=${both ? 1 : dilation}`;
  return `import keras

model = keras.Sequential([
    keras.Input((${size}, ${size}, 1)),
    keras.layers.ZeroPadding2D(${zeros}),
    keras.layers.Conv2D(1, ${window}, ${steps}, padding="${padding === "same" ? padding : "valid"}"),
])
print(model.output_shape)
`;
}
