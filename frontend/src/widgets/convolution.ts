// A picture, a kernel that the reader edits, the map that comes out, and any of its cells written out.
import { linkTo } from "../link.ts";
import type { Model } from "../model.ts";
import { copyButton } from "../ui/copy.ts";
import { button, choices, element, labelled, oncePerFrame } from "../ui/dom.ts";
import { DrawTools } from "../ui/draw.ts";
import { Heatmap, sameCell, type Cell } from "../ui/heatmap.ts";
import { store, type Image } from "../ui/image.ts";
import { KernelEditor, NumberField } from "../ui/kernel-editor.ts";
import { Legend } from "../ui/legend.ts";
import { Picker } from "../ui/picker.ts";
import { Player } from "../ui/player.ts";
import { Explanation } from "./convolution-explain.ts";
import { kerasCode } from "./convolution-keras.ts";
import * as maps from "./convolution-maps.ts";
import { SettingsPanel } from "./convolution-settings.ts";
import * as state from "./convolution-state.ts";
import type { Layer, Settings } from "./convolution-state.ts";

export { fits, NAMES } from "./convolution-state.ts";

const TALLEST = 320; // pixels that a map may be high
const LARGEST_CELL = 64; // pixels
const NOWHERE: Cell = { row: -1, column: -1 };

export function render(model: Model, el: HTMLElement): () => void {
  const gallery = model.get("gallery");
  const values = () => Object.fromEntries(state.NAMES.map((name) => [name, model.get(name)]));
  const initial = values();
  let layer: Layer;
  let at = NOWHERE; // the output cell that is written out; nowhere: the middle one
  let pixel: Cell | null = null; // the input pixel whose users are shown
  let pixelPinned = false;

  let stale = false; // the state has changed; else only what is pointed at
  const frame = oncePerFrame(() => {
    if (stale) showState();
    stale = false;
    showMarks();
  });
  const remark = frame.ask;
  const refresh = () => {
    stale = true;
    frame.ask();
  };
  const set = (changes: Partial<Settings>) => {
    complain("");
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
    refresh();
  };
  const say = (message: string) => void (live.textContent = message);
  const complain = (message: string) => {
    notice.textContent = message;
    notice.hidden = !message;
  };

  // Pointing
  const pinned = () => layer.settings.cell !== null;
  const goTo = (cell: Cell) => {
    at = cell;
    if (pinned()) set({ cell: [cell.row, cell.column] });
    remark();
  };
  const pointAt = (place: Cell | null, pin: boolean) => {
    [pixel, pixelPinned] = [place, pin];
    remark();
  };
  const release = () => {
    pointAt(null, false);
    if (pinned()) set({ cell: null });
  };
  const input = new Heatmap("Input", {
    point(cell, by) {
      if (by === "pointer" && pixelPinned) return;
      pointAt(maps.unpadded(layer, cell), false);
      if (by === "keys") say(maps.describeUse(layer, pixel!));
    },
    leave() {
      if (!pixelPinned) pointAt(null, false);
    },
    pin(cell) {
      const place = maps.unpadded(layer, cell);
      if (pixelPinned && sameCell(place, pixel)) return pointAt(null, false);
      pointAt(place, true);
      say(`Pinned. ${maps.describeUse(layer, place)}`);
    },
    release,
  });
  const output = new Heatmap("Output", {
    point(cell, by) {
      if (by === "pointer" && (pinned() || player.playing)) return;
      goTo(cell);
      if (by === "keys") say(maps.describeOutput(layer, cell));
    },
    leave() {},
    pin(cell) {
      player.stop();
      if (pinned() && sameCell(cell, at)) return release();
      pointAt(null, false);
      at = cell;
      set({ cell: [cell.row, cell.column] });
      say(`Pinned. ${maps.describeOutput(layer, cell)}`);
    },
    release,
  });
  const player = new Player(
    (steps) => {
      const { columns, output: cells } = layer;
      const now = at.row * columns.size + at.column;
      const start = player.playing && now === cells.length - 1 ? -1 : now; // from the end, playing starts again
      const next = Math.min(cells.length - 1, Math.max(0, start + steps));
      goTo({ row: Math.floor(next / columns.size), column: next % columns.size });
      if (!player.playing) say(maps.describeOutput(layer, at));
      return next < cells.length - 1;
    },
    (playing) => {
      if (playing) release();
      remark();
    },
  );

  // The picture
  const take = (image: Image) => set({ source: "", own: store(image), cell: null });
  const picker = new Picker(Object.keys(gallery), state.LARGEST.side, { choose: (source) => set({ source, cell: null }), take, complain });
  const draw = new DrawTools(refresh, () => {
    const { side } = layer.settings;
    take({ width: side, height: side, rgb: new Uint8Array(side * side * 3) });
  });
  const paint = (cell: Cell, starts: boolean) => {
    // Several moves may come between two repaints: each goes on from the one before.
    const now = state.seen(state.read(model), gallery);
    set({ source: "", own: store(draw.stroke(now, maps.unpadded(layer, cell), starts)) });
  };

  // The kernel
  const presets = choices(
    [...Object.entries(state.PRESETS).map(([value, { label }]) => ({ value, label })), { value: "", label: "your own" }],
    (name) => name && set({ kernel: state.preset(name, layer.channels) }),
  );
  const editor = new KernelEditor((kernel) => set({ kernel }), complain);
  const bias = new NumberField("Bias", (value) => set({ bias: value }), () => 1, complain);
  const panel = new SettingsPanel(set, complain);

  // What the reader takes away
  const [copyKeras, kerasText] = copyButton("Copy as Keras", () => kerasCode(layer), say);
  const [copyLink, linkText] = copyButton("Copy link", () => linkTo(el, initial, values()) ?? "", say);
  copyLink.hidden = linkTo(el, initial, initial) === null;
  const reset = button("Reset", () => {
    player.stop();
    release();
    at = NOWHERE;
    set(initial as Partial<Settings>);
    say("Everything is as it was at first.");
  });

  const heading = () => element("h4");
  const [inputTitle, kernelTitle, outputTitle] = [heading(), heading(), heading()];
  const note = () => element("p", { className: "note" });
  const [inputNote, outputNote] = [note(), note()];
  const notice = element("p", { className: "notice", role: "alert", hidden: true });
  const problem = element("p", { className: "notice", role: "status" });
  const live = element("div", { className: "unseen", role: "status" });
  const legend = new Legend();
  const explanation = new Explanation();
  // Not "row": that class belongs to Bootstrap, which the theme of the book loads.
  const bar = (...children: HTMLElement[]) => element("div", { className: "bar" }, ...children);
  const story = element("section", { className: "story" }, bar(explanation.title, player.el), explanation.el);
  el.replaceChildren(
    element(
      "div", { className: "convolution" },
      bar(element("div", { className: "tools" }, picker.el, draw.el), labelled("Kernel", presets)),
      picker.hint,
      element(
        "div", { className: "figures" },
        element("section", {}, inputTitle, input.el, inputNote),
        element("section", { className: "middle" }, kernelTitle, editor.el, labelled("Bias", bias.el)),
        element("section", {}, outputTitle, problem, output.el, legend.el, outputNote),
      ),
      notice, story, panel.el, element("div", { className: "tools" }, copyKeras, copyLink, reset), kerasText, linkText, live,
    ),
  );
  el.dataset.lmSuppressShortcuts = "true"; // keys pressed here are not for JupyterLab
  picker.listen(el);

  function showState(): void {
    layer = state.layer(state.read(model), gallery);
    const { settings, image, rows, columns, channels } = layer;
    const deep = channels === 3 ? " × 3" : "";
    picker.show(settings.source in gallery ? settings.source : "");
    presets.value = state.presetOf(settings.kernel);
    editor.show(settings.kernel, channels === 1 ? [""] : state.CHANNELS);
    bias.show(settings.bias);
    panel.show(layer);
    inputTitle.textContent = `Input ${image.height} × ${image.width}${deep}`;
    kernelTitle.textContent = `Kernel ${settings.kernel.length} × ${settings.kernel[0].length}${deep}`;
    outputTitle.textContent = layer.problem ? "No output" : `Output ${rows.size} × ${columns.size}`;
    problem.textContent = layer.problem;
    problem.hidden = !layer.problem;
    for (const part of [output.el, legend.el, outputNote, story]) part.hidden = Boolean(layer.problem);
    if (layer.problem) player.stop();

    const picture = maps.inputPicture(layer);
    const width = Math.min(input.el.parentElement!.clientWidth, output.el.parentElement!.clientWidth);
    const fitting = (rows: number, columns: number) => {
      const size = Math.min(width / columns, TALLEST / rows, LARGEST_CELL);
      return Math.max(1, Math.floor(size * devicePixelRatio)) / devicePixelRatio; // whole pixels of the screen
    };
    explanation.fit();
    const size = fitting(picture.rows, picture.columns);
    input.paint = draw.on ? paint : null;
    input.show(picture, size);
    if (!layer.problem) {
      // As large as the cells of the input, to be compared with them, unless the output would be much smaller than its place.
      const own = fitting(rows.size, columns.size);
      output.show(maps.outputPicture(layer), own > 1.5 * size ? own : size);
      legend.show(layer.smallest, layer.largest, layer.scale);
      outputNote.textContent = maps.describeDropped(layer) || "Point at a cell to see its sum; press to pin it.";
    }

    if (settings.cell) at = { row: settings.cell[0], column: settings.cell[1] };
    if (!(at.row >= 0 && at.column >= 0 && at.row < rows.size && at.column < columns.size)) {
      at = { row: Math.floor(rows.size / 2), column: Math.floor(columns.size / 2) };
    }
  }

  function showMarks(): void {
    input.mark((pen) => maps.markInput(pen, layer, at, pixel));
    inputNote.textContent = draw.on
      ? "Draw on the picture. With the keyboard: arrows move, Space draws."
      : pixel
        ? maps.describeUse(layer, pixel)
        : "Point at a pixel to see which outputs use it.";
    if (layer.problem) return;
    output.mark((pen) => maps.markOutput(pen, layer, at, pixel, player.playing));
    output.goTo(at);
    explanation.show(layer, at);
  }

  state.NAMES.forEach((name) => model.on(`change:${name}`, refresh));
  let width = 0;
  const resize = new ResizeObserver(() => {
    if (el.clientWidth !== width) refresh();
    width = el.clientWidth;
  });
  resize.observe(el);
  showState();
  showMarks();

  return () => {
    resize.disconnect();
    player.remove();
    frame.stop();
    state.NAMES.forEach((name) => model.off(`change:${name}`, refresh));
    el.replaceChildren();
  };
}
