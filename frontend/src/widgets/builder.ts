// A network as a stack of layers that the reader builds: what comes out of each, its parameters, its cost, its field.
import type { Model } from "../hosts/model.ts";
import { costs, type Cost, type Stacked } from "../ops/stack.ts";
import { readKeras, type Read } from "../parts/keras-file.ts";
import { Lab } from "../parts/lab.ts";
import { fits } from "../parts/rules.ts";
import { Settings } from "../parts/settings.ts";
import { RULES } from "../states.ts";
import { button, choices, element, labelled } from "../ui/dom.ts";
import { FileDrop } from "../ui/file-drop.ts";
import { counted, grouped } from "../ui/format.ts";
import { quoted } from "../ui/message.ts";
import { NumberField } from "../ui/number-field.ts";
import { columns, program, title, words } from "./builder-words.ts";
import presets from "../../../cnnbook/widgets/stacks.json" with { type: "json" };

type Rule = { type: string; start: string | number; least?: number; most?: number; of?: readonly string[] };

const { kinds, most: MOST } = RULES.builder.layers;
const KINDS = kinds as Record<string, Record<string, Rule>>;
const COUNTED =
  "Press a row to change its layer. Multiply-adds: of convolutions and dense layers, for one image. " +
  "A blue line below a number: its share of the whole network's. Memory: the output, 4 bytes a number.";

const complete = (layer: { kind: string }): Stacked => {
  const starts = Object.entries(KINDS[layer.kind]).map(([name, { start }]) => [name, start]);
  return { ...Object.fromEntries(starts), ...layer };
};

const PRESETS = Object.entries(presets).map(([name, { label, input, layers }]) => {
  return { name, label, input, layers: layers.map(complete) };
});

export async function render(model: Model, el: HTMLElement): Promise<() => void> {
  const lab = new Lab("builder", "Network builder", model, el);
  const layers = () => lab.state.layers as Stacked[];
  const input = () => [lab.state.rows, lab.state.columns, lab.state.channels];
  const complain = (text: string) => lab.complain(text);
  let hand: { row: number; name: string } | null = null; // the button that was pressed, and where its layer is now
  let own: Read | null = null; // what the reader has built, to come back to
  let reading = 0; // the turn of the file that was chosen last; another choice ends it

  const change = (index: number, ...by: Stacked[]) =>
    lab.set({ layers: [...layers().slice(0, index), ...by, ...layers().slice(index + 1)] });
  const full = () => {
    if (layers().length < MOST) return false;
    complain(`${MOST} layers are as many as the builder takes: remove one first.`);
    return true;
  };
  const take = ({ input, layers }: Read) => {
    reading++;
    const next = { rows: input[0], columns: input[1], channels: input[2], layers };
    const wrong = Object.entries(next).find(([name, value]) => !fits("builder", name, value, {}));
    if (wrong) return complain("This network has more layers, or other numbers, than the builder takes.");
    rows = []; // another network: all shut
    lab.set(next);
  };

  const preset = choices(
    PRESETS.map(({ name, label }) => ({ value: name, label })),
    (name) => take(PRESETS.find((each) => each.name === name) ?? own!),
  );
  const other = element("option", { value: "" });
  const drop = new FileDrop(
    "Read a model…",
    async ([file]) => {
      const mine = ++reading;
      try {
        const read = await readKeras(file);
        if (mine === reading) take(read);
      } catch (error) {
        if (mine === reading) complain(`${quoted(file.name)}: ${(error as Error).message}`);
      }
    },
    "A .keras file, or the text of to_json(),",
    ".keras,.json",
  );
  drop.listen(el);
  const sides = new Settings("builder", lab);
  sides.numeric("rows", "Rows").numeric("columns", "Columns").numeric("channels", "Channels");
  const kind = choices(
    Object.keys(KINDS).map((value) => ({ value, label: value })),
    () => {},
  );
  const add = button("Add it at the end", () => {
    if (full()) return;
    opened = [...rows.map(({ item }) => item.open), true];
    lab.set({ layers: [...layers(), complete({ kind: kind.value })] });
  });
  const list = element("div", { className: "layers" });
  const heads = ["layer", "output", "parameters", "multiply-adds", "sees pixels"];
  const [total, problem] = [
    element("p", { className: "title" }),
    element("p", { className: "notice", role: "status" }),
  ];

  /** A row for a layer of this kind at this place. */
  const row = (index: number, kind: string, open = false) => {
    const now = () => layers()[index];
    const shows: ((layer: Stacked) => void)[] = [];
    const show = (layer: Stacked) => shows.forEach((show) => show(layer));
    const fields = Object.entries(KINDS[kind]).map(([name, rule]) => {
      const set = (value: string | number) => change(index, { ...now(), [name]: value });
      if (rule.of) {
        const select = choices(
          rule.of.map((value) => ({ value, label: value })),
          set,
        );
        shows.push((layer) => (select.value = String(layer[name])));
        return labelled(name, select);
      }
      const whole = rule.type === "whole";
      const field = new NumberField(name, set, () => (whole ? 1 : 0.05), complain, {
        least: rule.least!,
        most: rule.most!,
        whole,
      });
      shows.push((layer) => field.show(Number(layer[name])));
      return labelled(name, field.el);
    });
    /** Moves the layer, which stays open, and the hand with it; false where there is no place. */
    const move = (by: number) => {
      if (!layers()[index + by]) return false;
      opened.splice(index + by, 0, ...opened.splice(index, 1));
      const moved = [...layers()];
      moved.splice(index + by, 0, ...moved.splice(index, 1));
      hand!.row += by;
      lab.set({ layers: moved });
      return true;
    };
    const acts: Record<string, () => boolean> = {
      "Move up": () => move(-1),
      "Move down": () => move(1),
      Duplicate: () => {
        if (full()) return false;
        opened.splice(index + 1, 0, false);
        change(index, now(), { ...now() });
        return true;
      },
      Remove: () => {
        opened.splice(index, 1);
        change(index);
        return true;
      },
    };
    const buttons = Object.entries(acts).map(([name, act]) =>
      button(
        name,
        () => {
          hand = { row: index, name };
          opened = rows.map(({ item }) => item.open);
          if (act()) lab.now();
          else [hand, opened] = [null, []];
        },
        { "aria-label": `${name}: layer ${index + 1}` },
      ),
    );
    const line = Array.from({ length: 5 }, () => element("span"));
    const [, , parameters, products] = line;
    const about = element("p", { className: "note" });
    const item = element(
      "details",
      { className: "layer", open },
      element("summary", {}, ...line),
      element("div", { className: "settings" }, ...fields),
      about,
      element("div", { className: "tools" }, ...buttons),
    );
    return { kind, item, buttons, line, about, bars: [parameters, products], show };
  };
  let rows: ReturnType<typeof row>[] = [];
  let opened: boolean[] = []; // which rows are to be open, where a layer has just moved

  const drawing = {
    content: [
      element(
        "div",
        { className: "bar" },
        labelled("Network", preset),
        element("div", { className: "tools" }, drop.button, drop.field),
      ),
      element("p", { className: "hint" }, "You can also drop a .keras file here, or the text of to_json()."),
      sides.el,
      total,
      problem,
      element("div", { className: "heads", "aria-hidden": "true" }, ...heads.map((head) => element("span", {}, head))),
      list,
      element("div", { className: "bar" }, labelled("Layer", kind), add),
      element("p", { className: "note" }, COUNTED),
    ],
    state() {
      const stack = layers();
      sides.show(lab.state);
      const name = named(input(), stack);
      if (!name) own = { input: input(), layers: stack };
      other.textContent = name ? "back to your own" : "none of these";
      if (own) preset.prepend(other);
      else other.remove();
      preset.value = name;
      const { costs: done, problem: why } = costs(input(), stack);
      rows = stack.map((layer, i) => (rows[i]?.kind === layer.kind ? rows[i] : row(i, layer.kind, rows[i]?.item.open)));
      if (opened.length) rows.forEach(({ item }, i) => (item.open = opened[i] ?? false));
      opened = [];
      if (rows.length !== list.children.length || rows.some(({ item }, i) => list.children[i] !== item))
        list.replaceChildren(...rows.map(({ item }) => item));
      const sum = (name: "parameters" | "products") => done.reduce((all, cost) => all + cost[name], 0);
      const sums = [sum("parameters"), sum("products")];
      rows.forEach(({ item, line, about, bars, show, buttons: [up, down] }, i) => {
        show(stack[i]);
        // Not disabled: the hand stays on a button that has moved its layer to an end.
        [up, down].forEach((end, j) => end.setAttribute("aria-disabled", String(i === [0, rows.length - 1][j])));
        const cost: Cost | undefined = done[i];
        item.classList.toggle("broken", i === done.length);
        const cells = [`${i + 1} ${title(stack[i])}`, ...(cost ? columns(cost) : i === done.length ? [why] : [])];
        line.forEach((cell, j) => (cell.textContent = cells[j] ?? ""));
        about.textContent = cost ? words(cost, input()) : "";
        about.hidden = !cost;
        bars.forEach((bar, j) => {
          const spent = cost ? [cost.parameters, cost.products][j] / (sums[j] || 1) : 0;
          bar.style.setProperty("--share", `${100 * spent}%`);
        });
      });
      if (hand) {
        const { item, buttons } = rows[Math.min(hand.row, rows.length - 1)] ?? { item: null, buttons: [add] };
        const next = buttons.find(({ textContent }) => textContent === hand!.name) ?? buttons[0];
        if (item?.open === false) item.querySelector("summary")!.focus();
        else next.focus();
      }
      hand = null;
      problem.textContent = why && `Layer ${done.length + 1} cannot follow: ${why}`;
      problem.hidden = !why;
      total.textContent = stack.length
        ? `${counted(stack.length, "layer")}: ${grouped(sums[0])} parameters, ` +
          `${grouped(sums[1])} multiply-adds${why ? " up to there" : ""}`
        : "No layer yet: choose one below, and add it.";
    },
    reset() {
      own = null;
      reading++;
    },
    summary: () => problem.textContent || total.textContent!,
  };
  return lab.start(drawing, () => program(input(), layers().map(complete), problem.textContent!));
}

/** Which preset this is; "" for none. */
function named(input: number[], layers: Stacked[]): string {
  const text = (of: number[], stack: Stacked[]) => JSON.stringify([of, stack.map(complete)]); // settings in one order
  const wanted = text(input, layers);
  return PRESETS.find((preset) => text(preset.input, preset.layers) === wanted)?.name ?? "";
}
