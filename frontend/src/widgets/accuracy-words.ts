// What the accuracy lab says.
import { grouped } from "../ui/format.ts";

/** Images by true class, then by answer. */
export type Counts = number[][];

const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);

/** "9,134 of 10,000 right: 91.34 %". */
export function score(counts: Counts): string {
  const [right, all] = [sum(counts.map((row, i) => row[i])), sum(counts.flat())];
  return `${grouped(right)} of ${grouped(all)} right: ${((100 * right) / (all || 1)).toFixed(2)} %`;
}

/** How far it has come, after `done` images of which the last `lately` took `seconds`. */
export function pace(done: number, total: number, lately: number, seconds: number): string {
  const far = `${grouped(done)} of ${grouped(total)} images`;
  if (!lately) return far;
  const rate = lately / seconds;
  return `${far}, ${grouped(Math.round(rate))} a second, about ${Math.ceil((total - done) / rate)} s left`;
}

/** `counts` beside those that are `recorded` of a network; `official`: whether the images are, null if unknown. */
export function verdict(counts: Counts, recorded: Counts, network: string, official: boolean | null): string {
  const now = counts.flat();
  const others = recorded.flat().filter((count, i) => count !== now[i]).length;
  const same = others ? `${others} of the ${now.length} cells differ` : "the same to the last image, cell by cell";
  const images = { true: "These are the official test images. ", false: "These are not the official test images. " };
  return `${images[`${official!}`] ?? ""}The recording of “${network}” says ${score(recorded)}: ${same}.`;
}

export const program = (network: string): string => `from cnnbook.analysis.evaluation import evaluate
from cnnbook.data import load_cifar10
from cnnbook.runs import load_run

evaluation = evaluate(load_run("${network}").model(), load_cifar10().test)
print(evaluation.correct, "of", len(evaluation.labels), "right")
print(evaluation.confusion)
`;
