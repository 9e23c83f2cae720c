// A widget as large as the screen, for a room to read.
import { button } from "./dom.ts";

/** What Safari before 16.4 calls by names of its own. */
interface Prefixed {
  webkitRequestFullscreen?(): void;
  webkitExitFullscreen?(): void;
  webkitFullscreenElement?: Element | null;
}

const LETTERS = "max(100%, min(1.45vw, 2.6vh))"; // 28 pixels at 1920 x 1080; all sizes follow the letters of the page
const page: Document & Prefixed = document;
const full = () => Boolean(page.fullscreenElement ?? page.webkitFullscreenElement);

/** Gives the whole screen back; resolves once that is done, or was not needed. */
async function exit(): Promise<void> {
  if (full()) await Promise.resolve((page.exitFullscreen ?? page.webkitExitFullscreen)?.call(page)).catch(() => {});
}

/**
 * Shows `target` large: the class "large" lays it over the page, and where a page may have the whole screen it takes
 * it. The button is hidden in a frame that may not, for there the frame is as large as it gets.
 */
export class Large {
  readonly button = button("Large", () => (this.behind ? this.leave() : this.enter()));
  private behind: Element[] | null = null; // what the keyboard does not reach meanwhile; null: it is not large
  private top = 0; // of the target on the screen, where the reader left it
  private readonly target: HTMLElement & Prefixed;

  constructor(target: HTMLElement) {
    this.target = target;
    this.button.hidden = window.top !== window && !page.fullscreenEnabled;
  }

  /** At once, for the widget may be about to go. */
  leave = (): void => {
    if (!this.behind) return;
    this.behind.forEach((el) => el.removeAttribute("inert"));
    this.behind = null;
    this.show(false);
    const left = exit();
    const back = () => scrollBy({ top: this.target.getBoundingClientRect().top - this.top, behavior: "instant" });
    back();
    // Once more when the page has its old size, and what stands above its old height.
    void left.then(() => requestAnimationFrame(() => requestAnimationFrame(back)));
  };

  private enter(): void {
    this.top = this.target.getBoundingClientRect().top;
    this.behind = [...neighbours(this.target)].filter((el) => !el.hasAttribute("inert"));
    this.behind.forEach((el) => el.setAttribute("inert", ""));
    this.show(true);
    const entered: Promise<void> | void = (this.target.requestFullscreen ?? this.target.webkitRequestFullscreen)?.call(
      this.target,
    );
    // Refused, it lies over the page. A browser may take its time, and the reader have left meanwhile.
    entered?.then(
      () => (this.behind ? undefined : exit()),
      () => {},
    );
  }

  private show(large: boolean): void {
    this.target.classList.toggle("large", large);
    document.documentElement.style.fontSize = large ? LETTERS : "";
    this.button.textContent = large ? "Leave large" : "Large";
    const listen = large ? page.addEventListener : page.removeEventListener;
    for (const event of ["fullscreenchange", "webkitfullscreenchange"]) listen.call(page, event, this.onChange);
    listen.call(page, "keydown", this.onKey);
  }

  private readonly onChange = () => full() || this.leave();

  private readonly onKey = (event: Event) => {
    if ((event as KeyboardEvent).key === "Escape" && !event.defaultPrevented) this.leave();
  };
}

/** All that stands beside `el` and beside what holds it. */
function* neighbours(el: Element): Generator<Element> {
  for (let inner = el; inner.parentElement; inner = inner.parentElement)
    for (const other of inner.parentElement.children) if (other !== inner) yield other;
}
