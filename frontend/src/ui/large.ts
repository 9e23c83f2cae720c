// A widget as large as the screen, for a room to read.
import { button } from "./dom.ts";

/** What Safari before 16.4 calls by names of its own. */
interface Prefixed {
  webkitRequestFullscreen?(): void;
  webkitExitFullscreen?(): void;
  webkitFullscreenElement?: Element | null;
}

const LETTERS = "max(100%, min(1.45vw, 2.6vh))"; // 28 pixels at 1920 x 1080; all sizes follow the letters of the page

/**
 * A button that shows `target` large: the class "large" lays it over the page, and where a page may have the whole
 * screen it takes it. Hidden in a frame that may not, for there the frame is as large as it gets.
 */
export function largeButton(target: HTMLElement & Prefixed): HTMLButtonElement {
  const page: Document & Prefixed = document;
  const full = () => Boolean(page.fullscreenElement ?? page.webkitFullscreenElement);
  const show = (large: boolean) => {
    target.classList.toggle("large", large);
    document.documentElement.style.fontSize = large ? LETTERS : "";
    el.textContent = large ? "Leave large" : "Large";
    const listen = large ? page.addEventListener : page.removeEventListener;
    for (const event of ["fullscreenchange", "webkitfullscreenchange"]) listen.call(page, event, onChange);
    listen.call(page, "keydown", onKey);
    if (!large) target.scrollIntoView({ block: "nearest" });
  };
  const leave = () => (full() ? (page.exitFullscreen ?? page.webkitExitFullscreen)?.call(page) : show(false));
  const onChange = () => full() || show(false);
  const onKey = (event: Event) => (event as KeyboardEvent).key === "Escape" && leave();
  const el = button("Large", () => {
    if (target.classList.contains("large")) return leave();
    show(true);
    const entered: Promise<void> | void = (target.requestFullscreen ?? target.webkitRequestFullscreen)?.call(target);
    entered?.catch(() => {}); // it lies over the page
  });
  el.hidden = window.top !== window && !page.fullscreenEnabled;
  return el;
}
