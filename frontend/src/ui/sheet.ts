// All maps of a layer side by side, on one scale: each a small picture that can be pointed at, walked to and opened.
import { PATCH, type Rgb } from "./colour.ts";
import { element } from "./dom.ts";
import { Grid, type Cell } from "./grid.ts";

const [SMALLEST, LARGEST, GAP] = [22, 64, 3]; // pixels of a map on the sheet

export interface Maps {
  rows: number;
  columns: number;
  count: number;
  zoom?: number; // pixels of a number, where there is room: 2 unless given
  colour(map: number, place: number): Rgb; // places row by row
  hatched(map: number): boolean;
  describe(map: number): string;
}

export class Sheet {
  readonly el: HTMLElement;
  private readonly grid: Grid;
  private readonly picture = element("canvas");
  private across = 1;
  private count = 0;
  private hatched: number[] = [];

  /** Tells which map is pointed at, which is pressed, and when none is pointed at any longer. */
  constructor(
    name: string,
    point: (map: number, by: string) => void,
    press: (map: number) => void,
    leave: () => void = () => {},
  ) {
    const inside = (act: (map: number, by: string) => void) => (cell: Cell, by: string) => {
      const map = cell.row * this.across + cell.column;
      if (map < this.count) act(map, by);
    };
    this.grid = new Grid(name, { point: inside(point), pin: inside(press), leave });
    this.el = this.grid.el;
  }

  show(maps: Maps, width: number): void {
    const { count, rows, columns, zoom = 2 } = maps;
    const wanted = Math.max(SMALLEST, Math.min(LARGEST, zoom * Math.max(rows, columns) + GAP));
    this.across = Math.max(1, Math.min(count, Math.floor(width / wanted)));
    this.count = count;
    const map = (cell: Cell) => cell.row * this.across + cell.column;
    this.grid.show(
      {
        rows: Math.ceil(count / this.across),
        columns: this.across,
        colour: () => [13, 17, 23],
        text: () => "",
        describe: (cell) => (map(cell) < count ? maps.describe(map(cell)) : "no map"),
        decorate: ({ context, size }) => {
          context.imageSmoothingEnabled = false;
          const scale = (size - GAP) / Math.max(rows, columns);
          for (let i = 0; i < count; i++) {
            const [x, y] = [(i % this.across) * size, Math.floor(i / this.across) * size];
            context.drawImage(this.drawn(maps, i), x, y, columns * scale, rows * scale);
          }
        },
      },
      wanted,
    );
    this.hatched = Array.from({ length: count }, (_, i) => i).filter(maps.hatched);
  }

  /** Frames the open map. */
  mark(open: number): void {
    const [row, column] = this.place(open);
    this.grid.mark((pen) => {
      for (const map of this.hatched) pen.hatch(...this.place(map), 1, 1);
      pen.frame(row, column, 1, 1, PATCH);
    });
    this.grid.goTo({ row, column });
  }

  private readonly place = (map: number): [row: number, column: number] => [
    Math.floor(map / this.across),
    map % this.across,
  ];

  /** A map, a pixel a number. */
  private drawn({ rows, columns, colour }: Maps, map: number): HTMLCanvasElement {
    [this.picture.width, this.picture.height] = [columns, rows];
    const context = this.picture.getContext("2d")!;
    const image = context.createImageData(columns, rows);
    for (let i = 0; i < rows * columns; i++) {
      const [red, green, blue] = colour(map, i);
      image.data.set([red, green, blue, 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
    return this.picture;
  }
}
