// A recorded network answers CIFAR-10's test images once more, in the page; each cell of the confusion matrix opens its
// images. They come from the reader's own copy, and stay in the page.
import { linkBeside } from "../hosts/link.ts";
import type { Model } from "../hosts/model.ts";
import { isOfficial, pixels, SIDE } from "../ops/cifar10.ts";
import { Engine } from "../parts/engine.ts";
import { Evaluation } from "../parts/evaluation.ts";
import { Lab } from "../parts/lab.ts";
import { Matrix } from "../parts/matrix.ts";
import { answer } from "../ui/answer.ts";
import { pair } from "../ui/confusion.ts";
import { element } from "../ui/dom.ts";
import { FileDrop } from "../ui/file-drop.ts";
import { counted } from "../ui/format.ts";
import type { Cell } from "../ui/grid.ts";
import { store } from "../ui/image.ts";
import { quoted } from "../ui/message.ts";
import { Progress } from "../ui/progress.ts";
import { Thumbnails } from "../ui/thumbnails.ts";
import { pace, program, score, verdict, type Counts } from "./accuracy-words.ts";

const HINT =
  "Choose your copy, or drop it here: cifar-10-python.tar.gz or cifar-10-binary.tar.gz, unpacked or not, or its test " +
  "batch alone. It does not leave this page, and nothing is kept.";
const HOW = "Rows: what is in the images. Columns: what the network answers. Blue is right, orange is wrong.";

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const lab = new Lab("accuracy", "Accuracy lab", model, el);
  const [network, names]: [string, string[]] = [model.get("network"), model.get("names")];
  const [recorded, own]: Counts[] = [model.get("recorded"), model.get("own")];
  const given = await fromNotebook(model, names.length);
  let evaluation = given;
  let official: boolean | null = null;
  let reading = ""; // the name of the file that is being read
  let reader: Engine | undefined; // of it
  let turn = 0; // of the file that was chosen last
  let [packed, script]: Uint8Array[] = []; // the network, and what works it out
  let [began, before] = [0, 0]; // when it was set to work, and how many images were done
  let listed = ""; // whose images are shown
  let opened: number | null = null; // the one that is shown enlarged

  const counts = () => evaluation?.confusion() ?? (own.length ? own : recorded);
  const many = (at: Cell) => `${counted(counts()[at.row][at.column], "image")}: ${pair(names, at)}`;
  const image = (i: number) => ({ width: SIDE, height: SIDE, rgb: pixels(evaluation!.batch.images, i) });
  const caption = (i: number) => {
    const { answers, batch } = evaluation!;
    const said = pair(names, { row: batch.labels[i], column: answers[i] });
    return `${said}, ${Math.round(100 * evaluation!.of(i)[answers[i]])} %`;
  };
  const beside = (i: number) => linkBeside("network", { picture: store(image(i)) });
  /** Shows one of the images, and what the network makes of it. */
  const open = (i: number) => {
    opened = i;
    drawing.state();
    enlarged.scrollIntoView({ block: "nearest" });
    lab.say(`Enlarged: ${caption(i)}`);
  };

  const work = async (mine: Evaluation) => {
    [began, before] = [performance.now(), mine.done];
    lab.say("The network is at work.");
    try {
      await mine.run(packed, script, lab.refresh);
    } catch (error) {
      lab.complain((error as Error).message);
    }
    if (mine !== evaluation) return;
    drawing.state();
    lab.say(`${title.textContent} ${result.textContent}`);
  };
  const forget = () => {
    evaluation?.stop();
    reader?.end();
    turn++;
    [evaluation, official, reading, opened] = [given, null, "", null];
  };
  const take = async (files: File[]) => {
    forget();
    const mine = turn;
    const file = files.find(({ name }) => name.startsWith("test_batch")) ?? files[0]; // of the whole folder
    reading = quoted(file.name);
    lab.complain("");
    lab.say(`Reading ${reading} …`);
    lab.refresh();
    try {
      [packed, script] = await Promise.all([model.asset(`network-${network}`), model.asset("engine")]);
      if (mine !== turn) return;
      reader = new Engine(script);
      const batch = await reader.read(file);
      const known = await isOfficial(batch);
      if (mine !== turn) return;
      [evaluation, official] = [new Evaluation(batch, names.length), known];
      void work(evaluation);
    } catch (error) {
      if (mine !== turn) return;
      lab.complain((error as Error).message.replace("This file", reading));
    }
    reader?.end();
    reading = "";
    lab.refresh();
  };

  const drop = new FileDrop("Choose CIFAR-10…", (files) => void take(files));
  drop.listen(el);
  const progress = new Progress("Images that the network has answered", () => {
    if (reading) forget();
    else if (evaluation?.running) evaluation.stop();
    else if (evaluation !== given) void work(evaluation!);
    lab.refresh();
  });
  const [title, result, note, heading] = ["title", "", "note", "title"].map((className) => element("p", { className }));
  const matrix = new Matrix(lab, names);
  const thumbnails = new Thumbnails((i) => ({ image: image(i), name: caption(i) }), open);
  const enlarged = element("div");
  const images = element("section", {}, heading, thumbnails.el, enlarged);
  const drawing = {
    content: [
      element(
        "div",
        { className: "bar" },
        element("div", { className: "tools" }, drop.button, drop.field),
        progress.el,
      ),
      element("p", { className: "note" }, HINT),
      element("section", { className: "story" }, title, result),
      element("div", { className: "figures two" }, element("section", {}, matrix.el, note), images),
    ],
    state() {
      const [shown, cell, mine] = [counts(), matrix.pinned, evaluation === given ? null : evaluation];
      const { done = 0, running = false, finished = true } = mine ?? {};
      const total = mine?.batch.labels.length ?? 0;
      const far = pace(done, total, running ? done - before : 0, (performance.now() - began) / 1000);
      if (reading) progress.show("Stop", `Reading ${reading} …`);
      else progress.show(finished ? "" : running ? "Stop" : "Go on", far, done, total);
      const whose = mine ? (finished ? "" : "So far: ") : own.length ? "Your evaluation: " : "Recorded: ";
      title.textContent = `${whose}${score(shown)}.`;
      result.textContent = finished && (mine || own.length) ? verdict(shown, recorded, network, official) : "";
      result.hidden = !result.textContent;
      matrix.show(shown);
      const why = !evaluation ? " Choose CIFAR-10 to see them." : running ? " You can see them when it has ended." : "";
      heading.textContent = cell ? `${many(cell)}.${why}` : "Press a cell of the matrix to open its images.";
      const wanted = cell && evaluation && !running ? [turn, done, cell.row, cell.column].join() : "";
      if (wanted !== listed) {
        thumbnails.show(wanted ? evaluation!.cell(cell!.row, cell!.column) : []);
        opened = null;
      }
      listed = wanted;
      const i = opened;
      enlarged.replaceChildren(
        ...(i === null ? [] : [answer(image(i), names, evaluation!.of(i), evaluation!.batch.labels[i], beside(i))]),
      );
    },
    marks() {
      note.textContent = matrix.at ? `${many(matrix.at)}.` : HOW;
      matrix.frame();
    },
    summary: () => heading.textContent!,
    reset: forget,
  };
  return lab.start(drawing, () => program(network), "Python");
}

/** What a notebook brings along: images, with the answers to them. */
async function fromNotebook(model: Model, classes: number): Promise<Evaluation | null> {
  if (!model.get("_images")) return null;
  const [images, labels, probabilities] = await Promise.all(["images", "labels", "probabilities"].map(model.asset));
  const evaluation = new Evaluation({ images, labels }, classes);
  evaluation.fill(new Float32Array(probabilities.slice().buffer));
  return evaluation;
}
