// Goes through numbered states of a lab, from 0 to the last: with a slider, and by itself.
import { element } from "../ui/dom.ts";
import { Player } from "../ui/player.ts";

/** `at` says which number it is, `go` goes there; `speeds` are numbers a second. From the end it plays again. */
export function scrubber(last: number, at: () => number, go: (to: number) => void, speeds?: number[]) {
  const slider = element("input", { type: "range", min: "0", max: String(last) });
  slider.addEventListener("input", () => go(Number(slider.value)));
  const move = (steps: number) => {
    const from = player.playing && at() === last ? 0 : at();
    go(Math.min(last, Math.max(0, from + steps)));
    return at() < last;
  };
  const player: Player = new Player(move, () => {}, speeds);
  return { slider, player };
}
