// What the network builder says.
import { product, type Cost, type Stacked } from "../ops/stack.ts";
import { called } from "../parts/keras-file.ts";
import { counted, grouped, short } from "../ui/format.ts";

/** "Conv2D 64, 3 × 3, stride 2". */
export function title({ kind, filters, units, kernel, size, stride, rate, activation }: Stacked): string {
  const window = kernel ?? size;
  const first = filters ?? units ?? rate ?? (kind === "Activation" ? activation : undefined);
  const parts = [
    first === undefined ? kind : `${kind} ${first}`,
    ...(window ? [`${window} × ${window}`] : []),
    ...(stride && stride !== (size ?? 1) ? [`stride ${stride}`] : []),
  ];
  return parts.join(", ");
}

const seen = (field: number): string => (field === Infinity ? "all" : `${field} × ${field}`);

export const columns = ({ shape, parameters, products, field }: Cost): string[] => [
  shape.map(grouped).join(" × "),
  grouped(parameters),
  grouped(products),
  seen(field),
];

export function words({ shape, parameters, products, field }: Cost, [rows, columns]: number[]): string {
  const bytes = 4 * product(shape);
  const memory = bytes < 1e6 ? `${short(bytes / 1000)} kB` : `${short(bytes / 1e6)} MB`;
  const beyond = field !== Infinity && field > Math.max(rows, columns) ? ", more than there are" : "";
  const depends = field === Infinity ? "the whole picture" : `${seen(field)} pixels${beyond}`;
  return (
    `Out come ${counted(product(shape), "number").replace(/^\d+/, grouped(product(shape)))}, ${memory}. ` +
    `${grouped(parameters)} parameters, ${grouped(products)} multiply-adds. Each number depends on ${depends}.`
  );
}

/** `problem` is why this is no network; "" where it is one. */
export function program(input: number[], layers: Stacked[], problem: string): string {
  const written = ({ kind, ...settings }: Stacked) => {
    const values = Object.entries(settings).map(
      ([name, value]) => `${called(name)}=${typeof value === "string" ? `"${value}"` : value}`,
    );
    return `    layers.${kind}(${values.join(", ")}),`;
  };
  return [
    "import keras",
    "from keras import layers",
    "",
    ...(problem ? [`# ${problem}`] : []),
    "model = keras.Sequential([",
    `    keras.Input((${input.join(", ")})),`,
    ...layers.map(written),
    "])",
    "model.summary()",
    "",
  ].join("\n");
}
