// A recorded training, to be scrubbed through: after each epoch the filters of the first layer, loss and accuracy, the
// confusion matrix, and the answers to two dozen images.
import type { Model } from "../hosts/model.ts";
import { Lab } from "../parts/lab.ts";
import { Matrix } from "../parts/matrix.ts";
import { loadRecording } from "../parts/recording.ts";
import { scrubber } from "../parts/scrubber.ts";
import { answer } from "../ui/answer.ts";
import { Chart } from "../ui/chart.ts";
import type { Rgb } from "../ui/colour.ts";
import { mostMistakes, pair } from "../ui/confusion.ts";
import { button, element, labelled } from "../ui/dom.ts";
import { counted, grouped, number } from "../ui/format.ts";
import type { Cell } from "../ui/grid.ts";
import { Sheet } from "../ui/sheet.ts";
import { picture } from "../ui/thumbnails.ts";

const SPEEDS = [1, 2, 4]; // epochs a second
const DURING =
  "Solid: the validation images, after each epoch. Dashed: the training images, a mean over the epoch, while the " +
  "weights still change and dropout hides some of the numbers.";
const HOW = "Rows: what is in the images. Columns: what the network answers. Press a cell to follow it.";
const FILTERS = "Press a filter to see its way. Middle grey is 0; all filters and all epochs have one scale.";

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const lab = new Lab("training", "Training lab", model, el);
  const names: string[] = model.get("names");
  const recording = await loadRecording(model);
  const { last, training, validation, count, scale, images, labels } = recording;
  // Before the first epoch nearly all images get one answer, which is no scale for the rest.
  const most = Math.max(...Array.from({ length: last }, (_, i) => mostMistakes(recording.confusion(i + 1))));
  const highest = Math.ceil(Math.max(...validation.loss, ...training.loss.slice(1)) * 2) / 2;

  const { slider, player } = scrubber(
    last,
    () => lab.state.epoch,
    (epoch) => lab.set({ epoch }),
    SPEEDS,
  );
  const [title, about, way, note] = ["title", "note", "note", "note"].map((className) => element("p", { className }));
  const [loss, accuracy] = [new Chart("Loss"), new Chart("Right answers")];

  const colour = (weights: Float32Array, filter: number, place: number): Rgb => {
    const shade = (channel: number) =>
      Math.round(127.5 * (1 + weights[(place * 3 + channel) * count + filter] / scale));
    return [shade(0), shade(1), shade(2)];
  };
  const moved = (filter: number, from: number, to: number) => {
    const [now, then] = [recording.filters(to), recording.filters(from)];
    const sum = now.reduce((sum, weight, i) => sum + (i % count === filter ? Math.abs(weight - then[i]) : 0), 0);
    return number((sum * count) / now.length, 2);
  };
  const told = (filter: number) => {
    const { epoch } = lab.state;
    const start = `Filter ${filter}: its weights have moved by ${moved(filter, 0, epoch)} on average since the start`;
    return epoch ? `${start}, by ${moved(filter, epoch - 1, epoch)} in epoch ${epoch}` : start;
  };
  const over = (filter: number) => (way.textContent = `${told(filter)}.`);
  const sheet = new Sheet("Filters of the first layer", over, (filter) => lab.set({ filter }));
  const film = element("div", { className: "film" });

  const matrix = new Matrix(lab, names);

  const cards = images.map((image, i) => {
    const said = element("span");
    const press = button("", () => lab.set({ image: i }));
    press.append(picture(image, 2), said);
    return { press, said };
  });
  const enlarged = element("div");
  const drawing = {
    content: [
      element(
        "div",
        { className: "kept" },
        element("div", { className: "bar" }, title, player.el),
        element("div", { className: "slider" }, labelled("Epoch", slider)),
      ),
      element("div", { className: "figures two" }, loss.el, accuracy.el),
      element("p", { className: "note" }, DURING),
      element(
        "div",
        { className: "figures two" },
        element("section", {}, sheet.el, element("p", { className: "note" }, FILTERS), film, way),
        element("section", {}, matrix.el, note),
      ),
      element("div", { className: "thumbnails cards" }, ...cards.map(({ press }) => press)),
      about,
      enlarged,
    ],
    state() {
      const { epoch, filter, image } = lab.state;
      slider.value = String(epoch);
      const counts = recording.confusion(epoch);
      const all = counts.flat().reduce((a, b) => a + b);
      const share = validation.accuracy[epoch];
      title.textContent =
        `After ${epoch} of ${counted(last, "epoch")}: ${percent(share)} of ${grouped(all)} validation images right, ` +
        `loss ${validation.loss[epoch].toFixed(3)}`;
      slider.setAttribute("aria-valuetext", title.textContent);
      loss.show(training.loss, validation.loss, epoch, highest, String(highest));
      accuracy.show(training.accuracy, validation.accuracy, epoch, 1, "100 %");

      const weights = recording.filters(epoch);
      sheet.show(
        {
          rows: 3,
          columns: 3,
          count,
          zoom: 14,
          colour: (index, place) => colour(weights, index, place),
          hatched: () => false,
          describe: told,
        },
        sheet.el.parentElement!.clientWidth,
      );
      sheet.mark(filter);
      const frames = Array.from({ length: epoch + 1 }, (_, i) => {
        const then = recording.filters(i);
        const rgb = Uint8Array.from({ length: 27 }, (_, j) => colour(then, filter, Math.floor(j / 3))[j % 3]);
        return picture({ width: 3, height: 3, rgb }, 10);
      });
      film.replaceChildren(...frames);
      over(filter);

      matrix.show(counts, most);
      let right = 0;
      cards.forEach(({ press, said }, i) => {
        const probabilities = recording.probabilities(epoch, i);
        const sure = Math.max(...probabilities);
        const best = probabilities.indexOf(sure);
        const hit = best === labels[i];
        right += Number(hit);
        said.textContent = `${hit ? "✓" : "✗"} ${names[best]}\n${Math.round(100 * sure)} %`;
        press.title = `a ${names[labels[i]]}; the network says ${names[best]}`;
        press.classList.toggle("hit", hit);
        press.setAttribute("aria-pressed", String(i === image));
      });
      const these = `Of these ${images.length}, the first of the ${grouped(all)}, it has ${right} right.`;
      about.textContent = `${these} Press one to see more.`;
      enlarged.replaceChildren(
        answer(images[image], names, recording.probabilities(epoch, image), labels[image], null),
      );
    },
    marks() {
      const { at } = matrix;
      const counts = (each: Cell) =>
        Array.from({ length: lab.state.epoch + 1 }, (_, i) => recording.confusion(i)[each.row][each.column]);
      note.textContent = at ? `${pair(names, at)}, from epoch 0 on: ${counts(at).join(", ")}.` : HOW;
      matrix.frame();
    },
    summary: () => title.textContent!,
    reset: () => player.stop(),
    end: () => player.remove(),
  };
  return lab.start(drawing, () => program(model.get("run"), lab.state), "Python");
}

const program = (run: string, { epoch, filter, image }: { epoch: number; filter: number; image: number }): string =>
  `from cnnbook.runs import load_run

replay = load_run("${run}").replay()
confusion = replay["confusion"][${epoch}]
print(confusion.trace(), "of", confusion.sum(), "right; loss", replay["loss"][${epoch}])
print(confusion)
print(replay["filters"][${epoch}][..., ${filter}])
print(replay["probabilities"][${epoch}][${image}] / 255)
`;
