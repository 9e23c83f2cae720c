import STYLE from "./style/index.css";

/** Adds the style sheet to the document, or to the shadow root, that `el` is in: once each. */
export function addStyle(el: HTMLElement): void {
  const add = () => {
    const root = el.getRootNode();
    const home = root instanceof ShadowRoot ? root : document.head;
    if ([...home.querySelectorAll("style")].some((style) => style.textContent === STYLE)) return;
    const style = document.createElement("style");
    style.textContent = STYLE;
    home.append(style);
  };
  add();
  // Jupyter draws a widget before it puts it on the page, and only then can a shadow root be seen.
  if (!el.isConnected) requestAnimationFrame(add);
}
