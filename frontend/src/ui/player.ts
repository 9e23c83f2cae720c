// Steps and plays through a row of positions.
import { button, choices, element } from "./dom.ts";

const SPEEDS = [1, 4, 16, 64, 256];
const LONGEST_FRAME = 50; // milliseconds: time lost to a hidden tab or a slow frame is not made up for

export class Player {
  readonly el: HTMLElement;
  private readonly play: HTMLButtonElement;
  private readonly motion = matchMedia("(prefers-reduced-motion: reduce)");
  private readonly move: (steps: number) => boolean;
  private readonly changed: (playing: boolean) => void;
  private speed: number;
  private frame = 0;

  /**
   * `move` goes on by so many positions and says whether there are more; `changed` hears of start and end.
   * `speeds` are positions a second. Where the reader asks for less motion nothing plays by itself, and the steps
   * remain.
   */
  constructor(move: (steps: number) => boolean, changed: (playing: boolean) => void, speeds = SPEEDS) {
    this.speed = speeds[1];
    this.move = move;
    this.changed = changed;
    const step = (steps: number) => {
      this.stop();
      this.move(steps);
    };
    this.play = button("Play", () => (this.playing ? this.stop() : this.start()));
    const speed = choices(
      speeds.map((speed) => ({ value: String(speed), label: `${speed} a second` })),
      (value) => (this.speed = Number(value)),
    );
    speed.setAttribute("aria-label", "Speed");
    speed.value = String(this.speed);
    this.el = element(
      "div",
      { className: "tools player" },
      button("◂", () => step(-1), { "aria-label": "Step back" }),
      this.play,
      button("▸", () => step(1), { "aria-label": "Step on" }),
      speed,
    );
    this.onMotion();
    this.motion.addEventListener("change", this.onMotion);
  }

  get playing(): boolean {
    return this.frame !== 0;
  }

  stop(): void {
    if (!this.playing) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.play.textContent = "Play";
    this.changed(false);
  }

  remove(): void {
    this.stop();
    this.motion.removeEventListener("change", this.onMotion);
  }

  private start(): void {
    let [before, due] = [performance.now(), 0];
    const tick = (now: number) => {
      due += (Math.min(now - before, LONGEST_FRAME) * this.speed) / 1000;
      before = now;
      const steps = Math.floor(due);
      due -= steps;
      if (steps > 0 && !this.move(steps)) return this.stop();
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
    this.play.textContent = "Pause";
    this.changed(true);
  }

  private readonly onMotion = (): void => {
    if (this.motion.matches) this.stop();
    this.play.disabled = this.motion.matches;
    this.play.title = this.motion.matches ? "Your device asks for less motion: take the steps yourself." : "";
  };
}
