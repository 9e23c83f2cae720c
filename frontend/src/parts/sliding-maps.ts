// Two maps, and a window that slides over the first while it fills the second: pointing at either, pinning, playing.
import { PATCH, USERS, type Rgb } from "../ui/colour.ts";
import { button, element } from "../ui/dom.ts";
import { number, short } from "../ui/format.ts";
import { Grid, sameCell, type Actions as GridActions, type Cell, type Cells, type Pen } from "../ui/grid.ts";
import type { Tensor } from "../ops/tensor.ts";
import type { Image } from "../ui/image.ts";
import { Player } from "../ui/player.ts";
import { fitting } from "./fitting.ts";
import { describeDropped, inside, nearest, usersOf, type Slide } from "./slide.ts";
import { HOW_TO_DRAW, type Source } from "./source.ts";

export const CHANNELS = ["red", "green", "blue"];
export const UNPINNED = "Unpinned."; // for ears, which do not notice that a word is gone
const SHADE = "#000c"; // over the outputs that are not computed yet
const NOWHERE: Cell = { row: -1, column: -1 };

/** What the maps show: an image and how the window slides over it, and what comes out. */
export interface Layer {
  name: string; // of the output
  cell: string; // what one of its cells is called
  slide: Slide;
  image: Image;
  channels: number; // that the layer sees: 1 or 3
  input: Tensor; // [rows, columns, channels]
  output: Float64Array; // row by row; empty where the window fits nowhere
  zeros: boolean; // whether the padding is zeros, or nothing at all
  colours(output: Float64Array): (value: number) => Rgb; // of the output, where there is one
}

export interface Actions {
  pinned(): Cell | null; // as the state has it
  pin(cell: Cell | null): void;
  remark(): void;
  say(message: string): void;
}

/** What makes another map of the output's size be pointed at as the output is. */
export const alike = (maps: () => SlidingMaps | undefined): GridActions => ({
  point: (cell, by) => maps()?.outputs.point(cell, by),
  pin: (cell, by) => maps()?.outputs.pin(cell, by),
  release: () => maps()?.outputs.release?.() ?? false,
});

export class SlidingMaps {
  at = NOWHERE; // the output cell that is written out; nowhere: the middle one
  layer!: Layer;
  cellSize = 0; // of the output, in pixels
  readonly input: HTMLElement;
  readonly output: HTMLElement;
  readonly outputs: GridActions; // what pointing at the output does, or at another map of its size
  readonly bar: HTMLElement; // what is written out, and what plays
  private pointed: Cell | null = null; // the input pixel whose users are shown
  private pixelPinned = false;
  private shape = ""; // of the slide that was drawn last
  private held: Cell | null = null; // the cell that was pinned then
  private readonly actions: Actions;
  private readonly source: Source;
  private readonly inputGrid: Grid;
  private readonly outputGrid: Grid;
  private readonly player: Player;
  // No headings: who knows of which level they would have to be.
  private readonly titles = [0, 1, 2].map(() => element("p", { className: "title" }));
  private readonly notes = [0, 1].map(() => element("p", { className: "note" }));
  private readonly problem = element("p", { className: "notice", role: "status" });
  private readonly unpin: HTMLButtonElement;

  /** `extra` goes below the output. */
  constructor(source: Source, actions: Actions, ...extra: HTMLElement[]) {
    [this.source, this.actions] = [source, actions];
    this.inputGrid = new Grid("Input", {
      point: (cell, by) => {
        const pixel = this.unpadded(cell);
        if (by === "pointer" && this.pixelPinned) return;
        this.pointAt(pixel, this.pixelPinned && sameCell(pixel, this.pointed));
        if (by === "keys") actions.say(this.describeUse(pixel));
      },
      leave: () => this.pixelPinned || this.pointAt(null, false),
      pin: (cell) => {
        const pixel = this.unpadded(cell);
        if (this.pixelPinned && sameCell(pixel, this.pointed)) {
          this.pointAt(null, false);
          return actions.say(UNPINNED);
        }
        this.pointAt(pixel, true);
        actions.say(`Pinned. ${this.describeUse(pixel)}`);
      },
      release: () => this.release(),
      slide: (corner) => {
        this.player.stop();
        this.goTo(nearest(this.layer.slide, corner));
      },
    });
    this.outputs = {
      point: (cell, by) => {
        if (by === "pointer" && (this.pinned || this.player.playing)) return;
        this.goTo(cell);
        if (by === "keys") actions.say(this.describeOutput(cell));
      },
      pin: (cell, by) => {
        this.player.stop();
        if (sameCell(this.pinned, cell)) {
          this.release();
          return;
        }
        this.pointAt(null, false);
        this.at = cell;
        actions.pin(cell);
        actions.say(`Pinned. ${this.describeOutput(cell)}`);
        // On a small screen what is written out may lie below its edge; it is drawn before this runs.
        if (by === "touch") requestAnimationFrame(() => this.bar.parentElement?.scrollIntoView({ block: "nearest" }));
      },
      release: () => this.release(),
    };
    this.outputGrid = new Grid("Output", this.outputs);
    this.player = new Player(
      (steps) => this.play(steps),
      (playing) => {
        if (playing) this.release();
        actions.remark();
      },
    );
    this.unpin = button("Unpin", () => {
      this.release();
      this.outputGrid.el.focus({ preventScroll: true }); // the button goes, and would take the focus with it
    });
    const [inputTitle, outputTitle, title] = this.titles;
    const [inputNote, outputNote] = this.notes;
    this.input = element("section", {}, inputTitle, this.inputGrid.el, inputNote);
    this.output = element("section", {}, outputTitle, this.problem, this.outputGrid.el, ...extra, outputNote);
    // Not "row": that class belongs to Bootstrap, which the theme of the book loads.
    this.bar = element(
      "div",
      { className: "bar" },
      title,
      element("div", { className: "tools" }, this.unpin, this.player.el),
    );
  }

  /** Draws the maps of `layer`. */
  show(layer: Layer): void {
    const { name, slide, image, channels, output } = layer;
    this.layer = layer;
    const shape = JSON.stringify(slide);
    if (shape !== this.shape) this.pointAt(null, false); // it was true of other maps
    this.shape = shape;
    const { rows, columns, problem } = slide;
    const [inputTitle, outputTitle] = this.titles;
    inputTitle.textContent = `Input ${image.height} × ${image.width}${channels === 3 ? " × 3" : ""}`;
    outputTitle.textContent = problem ? "No output" : `${name} ${rows.size} × ${columns.size}`;
    this.problem.textContent = problem;
    this.problem.hidden = !problem;
    for (const part of [...this.output.children].slice(2)) (part as HTMLElement).hidden = Boolean(problem);
    if (problem) this.player.stop();

    const cells = this.inputCells();
    const places = [this.input, this.output];
    const size = fitting(places, cells.rows, cells.columns);
    this.inputGrid.paint = this.source.drawing
      ? (cell, starts) => this.source.paint(this.unpadded(cell), starts)
      : null;
    this.inputGrid.show(cells, size);
    if (!problem) {
      // As large as the cells of the input, to be compared with them, unless the output would be lost in its place.
      const own = fitting(places, rows.size, columns.size);
      this.cellSize = own > 1.5 * size ? own : size;
      const colour = layer.colours(output);
      const at = ({ row, column }: Cell) => output[row * columns.size + column];
      this.outputGrid.show(
        {
          rows: rows.size,
          columns: columns.size,
          colour: (row, column) => colour(at({ row, column })),
          text: (row, column) => short(at({ row, column })),
          describe: (cell) => this.describeOutput(cell),
        },
        this.cellSize,
      );
    }
    if (this.held && !this.pinned) this.at = NOWHERE; // a link or Python has taken the pin away
    this.held = this.pinned;
    const middle = { row: Math.floor(rows.size / 2), column: Math.floor(columns.size / 2) };
    this.at = this.pinned ?? (this.exists(this.at) ? this.at : middle);
  }

  /** Draws what is pointed at. */
  mark(): void {
    const { slide } = this.layer;
    const { at, pointed } = this;
    const { size, stride, dilation, rows, columns, problem } = slide;
    const reach = size.map((places) => (places - 1) * dilation + 1);
    const [row, column] = [at.row * stride, at.column * stride];
    this.inputGrid.hold(problem ? null : { row, column }, reach[0], reach[1]);
    this.inputGrid.mark((pen) => {
      if (!problem) {
        for (let i = 0; i < size[0] && dilation > 1; i++) {
          for (let j = 0; j < size[1]; j++) pen.outline(row + i * dilation, column + j * dilation, 1, 1, PATCH);
        }
        pen.frame(row, column, reach[0], reach[1], PATCH);
      }
      if (pointed) pen.frame(pointed.row + rows.before, pointed.column + columns.before, 1, 1, USERS);
    });
    const [inputNote, outputNote] = this.notes;
    inputNote.textContent = this.source.drawing
      ? HOW_TO_DRAW
      : pointed
        ? this.pixelPinned
          ? `Pinned. ${this.describeUse(pointed)} Press it again to unpin it.`
          : this.describeUse(pointed)
        : "Drag the yellow frame, or point at a pixel to see which outputs use it.";
    if (problem) return;
    this.outputGrid.mark((pen) => this.markOutput(pen));
    this.outputGrid.goTo(at);
    this.unpin.hidden = !this.isPinned && !this.pixelPinned;
    const dropped = describeDropped(slide);
    const how = this.isPinned
      ? "Pinned: press the cell again to unpin it."
      : !dropped && "Point at a cell to see where it comes from; press to pin it.";
    outputNote.textContent = [dropped, how].filter(Boolean).join(" ");
    this.titles[2].textContent = this.summary() + (this.isPinned ? " (pinned)" : "");
  }

  /** The cell that is written out, and its value. */
  summary(): string {
    const { row, column } = this.at;
    if (this.layer.slide.problem) return this.layer.slide.problem;
    return `${this.layer.cell} at row ${row}, column ${column}: ${number(this.value)}`;
  }

  /** The value of the cell that is written out. */
  get value(): number {
    return this.layer.output[this.at.row * this.layer.slide.columns.size + this.at.column];
  }

  /** The value of the image at `place`, 0 in the padding. */
  pixel(place: Cell, channel: number): number {
    const { slide, channels, input } = this.layer;
    return inside(slide, place) ? input.data[(place.row * slide.width + place.column) * channels + channel] : 0;
  }

  /** Forgets what is pointed at. */
  reset(): void {
    this.player.stop();
    this.pointAt(null, false);
    this.at = NOWHERE;
  }

  end(): void {
    this.player.remove();
  }

  /** The pinned cell; none where the output has no such cell: a link may ask for any. */
  private get pinned(): Cell | null {
    const cell = this.actions.pinned();
    return cell && this.exists(cell) ? cell : null;
  }

  private get isPinned(): boolean {
    return sameCell(this.pinned, this.at);
  }

  private exists({ row, column }: Cell): boolean {
    const { rows, columns } = this.layer.slide;
    return row >= 0 && column >= 0 && row < rows.size && column < columns.size;
  }

  private goTo(cell: Cell): void {
    this.at = cell;
    if (this.pinned) this.actions.pin(cell);
    this.actions.remark();
  }

  private pointAt(pixel: Cell | null, pin: boolean): void {
    [this.pointed, this.pixelPinned] = [pixel, pin];
    this.actions.remark();
  }

  private release(): boolean {
    const pinned = this.pinned !== null || this.pixelPinned;
    this.held = null; // what was pinned stays in hand
    this.pointAt(null, false);
    if (this.pinned) this.actions.pin(null);
    if (pinned) this.actions.say(UNPINNED);
    return pinned;
  }

  private play(steps: number): boolean {
    const { columns } = this.layer.slide;
    const last = this.layer.output.length - 1;
    const now = this.at.row * columns.size + this.at.column;
    const start = this.player.playing && now === last ? -1 : now; // from the end, playing starts again
    const next = Math.min(last, Math.max(0, start + steps));
    this.goTo({ row: Math.floor(next / columns.size), column: next % columns.size });
    if (!this.player.playing) this.actions.say(this.describeOutput(this.at));
    return next < last;
  }

  /** A cell of the padded input as a pixel of the image; negative in the padding before it. */
  private unpadded({ row, column }: Cell): Cell {
    const { rows, columns } = this.layer.slide;
    return { row: row - rows.before, column: column - columns.before };
  }

  /** The input with its padding. */
  private inputCells(): Cells {
    const { slide, image, channels, zeros } = this.layer;
    const { rows, columns } = slide;
    const [high, wide] = [rows.before + image.height + rows.after, columns.before + image.width + columns.after];
    const value = (row: number, column: number, channel: number) => this.pixel(this.unpadded({ row, column }), channel);
    return {
      rows: high,
      columns: wide,
      colour: (row, column) =>
        [0, 1, 2].map((channel) => value(row, column, channel % channels)) as [number, number, number],
      text: (row, column) =>
        channels === 1 && (zeros || inside(slide, this.unpadded({ row, column }))) ? number(value(row, column, 0)) : "",
      describe: (cell) => this.describeInput(this.unpadded(cell)),
      decorate(pen) {
        // The padding is as dark as its zeros are; a line says where the picture begins.
        if (high > image.height || wide > image.width)
          pen.outline(rows.before, columns.before, image.height, image.width, "#fffc");
        if (rows.dropped) pen.hatch(high - rows.dropped, 0, rows.dropped, wide);
        if (columns.dropped) pen.hatch(0, wide - columns.dropped, high - rows.dropped, columns.dropped);
      },
    };
  }

  /** The cell that is written out, the users of the pixel, and a shade over what comes later while it plays. */
  private markOutput(pen: Pen): void {
    const { slide } = this.layer;
    const { row, column } = this.at;
    if (this.player.playing) {
      pen.fill(row, column + 1, 1, slide.columns.size - column - 1, SHADE);
      pen.fill(row + 1, 0, slide.rows.size - row - 1, slide.columns.size, SHADE);
    }
    const users = this.pointed ? usersOf(slide, this.pointed) : [];
    for (const user of users) pen.fill(user.row, user.column, 1, 1, `${USERS}99`);
    for (const user of users) pen.outline(user.row, user.column, 1, 1, USERS);
    pen.frame(row, column, 1, 1, PATCH);
  }

  private describeOutput(cell: Cell): string {
    return `${place(cell)}: ${number(this.layer.output[cell.row * this.layer.slide.columns.size + cell.column])}`;
  }

  private describeInput(pixel: Cell): string {
    const { slide, channels, zeros } = this.layer;
    if (!inside(slide, pixel)) return `${place(pixel)}: padding, ${zeros ? 0 : "left out"}`;
    const value = (name: string, channel: number) => `${name} ${this.pixel(pixel, channel)}`.trim();
    const names = channels === 1 ? [""] : CHANNELS;
    return `${place(pixel)}: ${names.map(value).join(", ")}`;
  }

  /** How many outputs use the pixel. */
  private describeUse(pixel: Cell): string {
    const count = usersOf(this.layer.slide, pixel).length;
    const users = count === 0 ? "No output uses" : count === 1 ? "1 output uses" : `${count} outputs use`;
    return `${this.describeInput(pixel)}. ${users} it.`;
  }
}

export const place = ({ row, column }: Cell): string => `Row ${row}, column ${column}`;
