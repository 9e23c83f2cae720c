// What the shape lab says: the formula with its numbers, the padding for a wanted size, and what two libraries do.
import { zerosFor, type OutputSize } from "../ops/window.ts";
import type { StateOf } from "../parts/rules.ts";
import { slide, type Slide } from "../parts/slide.ts";
import { counted } from "../ui/format.ts";

type State = StateOf<"shape">;

/** How the window slides over the pixels, as over a picture that is one pixel high. */
export const along = (state: State, padding = state.padding): Slide =>
  slide(1, state.size, [1, state.kernel], { ...state, padding });

/** [output][weight]: the place that is read, counted from the first zero. */
export const reads = ({ kernel, stride, dilation }: State, outputs: number): number[][] =>
  Array.from({ length: outputs }, (_, output) =>
    Array.from({ length: kernel }, (_, weight) => output * stride + weight * dilation),
  );

/** How many outputs, and why, in lines. */
export function formula(state: State, { size: outputs, before, after }: OutputSize): string {
  const { size, kernel, stride, padding, dilation } = state;
  const [zeros, span, all] = [before + after, (kernel - 1) * dilation + 1, counted(outputs, "output")];
  const needed = String((outputs - 1) * stride + span - size).replace("-", "−");
  const room = `${size} + ${zeros} − ${span}`;
  return (
    (dilation > 1 ? `The window spans (${kernel} − 1) · ${dilation} + 1 = ${span} pixels.\n` : "") +
    (padding === "same"
      ? `“same” asks for ⌈${size} / ${stride}⌉ = ${all}. They need ${outputs - 1} · ${stride} + ${span} − ${size} = ` +
        `${needed}, so ${counted(zeros, "zero")}: ${before} before, ${after} after.\n`
      : "") +
    (stride === 1
      ? `${room.replace(" + 0", "")} + 1 = ${all}`
      : `⌊(${room}) / ${stride}⌋ + 1 = ⌊${size + zeros - span} / ${stride}⌋ + 1 = ${all}`)
  );
}

/** Which padding gives the wanted outputs. */
export function paddingFor({ wanted, size, kernel, stride, dilation }: State): string {
  const { least, most } = zerosFor(wanted, size, kernel, stride, dilation);
  const [half, outputs] = [Math.ceil(least / 2), counted(wanted, "output")];
  if (most < 0) return `Too few: without any zeros there are more than ${outputs} already.`;
  if (!least) return `${outputs}: no zeros are needed.`;
  const sides = 2 * half <= most ? `${half} on each side will do` : `${half - 1} on one side and ${half} on the other`;
  return `${outputs}: ${least === most ? "" : `${least} to `}${counted(most, "zero")} in all, ${sides}.`;
}

/** What Keras and PyTorch make of the settings, in rows of a table, and where they differ. */
export function libraries(state: State): { rows: string[][]; words: string } {
  const { kernel, stride, padding, dilation } = state;
  const refused = padding === "same" && stride > 1;
  const around = refused ? Math.floor(((kernel - 1) * dilation) / 2) : padding === "valid" ? 0 : padding;
  const axes = [padding, around].map((padding) => along(state, padding).columns);
  const [keras, torch] = axes;
  const start = ({ before }: OutputSize) => (before ? `${counted(before, "place")} before x0` : "at x0");
  const code = (padding: State["padding"]) => `padding=${JSON.stringify(padding)}`;
  return {
    rows: [
      ["library", "Keras", "PyTorch"],
      ["setting", typeof padding === "number" ? `ZeroPadding2D(${padding})` : code(padding), code(around)],
      ["zeros", ...axes.map(({ size, before, after }) => (size ? `${before} before, ${after} after` : "–"))],
      ["outputs", ...axes.map(({ size }) => `${size || "none"}`)],
    ],
    words:
      (refused ? "PyTorch refuses “same” with a stride; this is what one writes there instead. " : "") +
      (stride > 1 && dilation > 1 ? "Keras refuses a stride and a dilation together, PyTorch takes both. " : "") +
      (!torch.size
        ? "There it fits nowhere."
        : keras.before !== torch.before
          ? `They differ: y0 begins ${start(keras)} in Keras, ${start(torch)} in PyTorch.`
          : keras.size !== torch.size
            ? "They differ in the number of outputs."
            : "Every output reads the same in both."),
  };
}

/** The layer as a program. */
export function program({ size, kernel, stride, padding, dilation }: State): string {
  // Keras takes a stride or a dilation: a larger kernel spans as much.
  const [window, spread] = stride > 1 ? [(kernel - 1) * dilation + 1, 1] : [kernel, dilation];
  const mode = padding === "same" ? padding : "valid";
  return `import keras

model = keras.Sequential([
    keras.Input((${size}, ${size}, 1)),
    keras.layers.ZeroPadding2D(${Number(padding) || 0}),
    keras.layers.Conv2D(1, ${window}, strides=${stride}, dilation_rate=${spread}, padding="${mode}"),
])
print(model.output_shape)
`;
}
