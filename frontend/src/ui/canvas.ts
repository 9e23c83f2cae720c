// Canvases as sharp as the screen, and numbers on them.
import { inkOn, type Rgb } from "./colour.ts";

/** Makes `canvas` so many CSS pixels large, empty, with a pixel for each of the screen; returns its context. */
export function resize(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d")!;
  context.scale(devicePixelRatio, devicePixelRatio);
  context.textAlign = "center";
  context.textBaseline = "middle";
  return context;
}

/** Writes `text` around (x, y), squeezed where it is wider than `width`, so that it can be read on `background`. */
export function write(
  context: CanvasRenderingContext2D,
  text: string,
  background: Rgb,
  x: number,
  y: number,
  width: number,
): void {
  context.fillStyle = inkOn(background);
  context.fillText(text, x, y, width);
}
