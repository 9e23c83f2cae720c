// A recorded training; cnnbook/widgets/replayed.py packs it.
import type { Model } from "../hosts/model.ts";
import { arrays } from "../ops/arrays.ts";
import type { Image } from "../ui/image.ts";

type Curves = Record<"loss" | "accuracy", number[]>;

export interface Recording {
  last: number; // its epochs; what is recorded before the first is number 0
  training: Curves; // means during each epoch, NaN before the first
  validation: Curves; // after each
  filters(epoch: number): Float32Array; // (3, 3, 3, count), row by row
  count: number; // of the filters
  scale: number; // the largest weight of all epochs, in size
  confusion(epoch: number): number[][]; // true class, answer
  images: Image[];
  labels: number[];
  probabilities(epoch: number, image: number): number[];
}

export async function loadRecording(model: Model): Promise<Recording> {
  const { head, array } = arrays(await model.asset("training"));
  const [loss, confusion, probabilities, filters, images, labels] = [
    "loss",
    "confusion",
    "probabilities",
    "filters",
    "images",
    "labels",
  ].map((name) => array(name)!);
  /** Number `index` of what lies along the first axis. */
  const part = ([[count], data]: typeof loss, index: number) =>
    data.subarray((index * data.length) / count, ((index + 1) * data.length) / count);
  const [[, classes], [, height, width]] = [confusion[0], images[0]];
  const matrix = (epoch: number) => {
    const counts = Array.from(part(confusion, epoch));
    return Array.from({ length: classes }, (_, i) => counts.slice(i * classes, (i + 1) * classes));
  };
  const accuracy = Array.from(loss[1], (_, epoch) => {
    const counts = matrix(epoch);
    return counts.reduce((sum, row, i) => sum + row[i], 0) / counts.flat().reduce((a, b) => a + b);
  });
  const during = (name: keyof Curves): number[] => [NaN, ...head.training[name]];
  return {
    last: loss[0][0] - 1,
    training: { loss: during("loss"), accuracy: during("accuracy") },
    validation: { loss: Array.from(loss[1]), accuracy },
    filters: (epoch) => part(filters, epoch) as Float32Array,
    count: filters[0][4],
    scale: (filters[1] as Float32Array).reduce((most, weight) => Math.max(most, Math.abs(weight)), 0),
    confusion: matrix,
    images: Array.from(labels[1], (_, i) => ({ width, height, rgb: part(images, i) as Uint8Array })),
    labels: Array.from(labels[1]),
    probabilities(epoch, image) {
      const row = part(probabilities, epoch).subarray(image * classes, (image + 1) * classes);
      return Array.from(row, (value) => value / 255);
    },
  };
}
