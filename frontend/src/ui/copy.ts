// Text for the clipboard; where the page may not write there, the text is shown to be copied by hand.
import { button, element } from "./dom.ts";

/** A button that copies what `text` returns, and the place where the text shows if copying is refused. */
export function copyButton(
  label: string,
  text: () => string,
  done: (message: string) => void,
): [HTMLButtonElement, HTMLTextAreaElement] {
  const shown = element("textarea", { hidden: true, readOnly: true, rows: 6, "aria-label": `${label}: text to copy` });
  const el = button(label, async () => {
    const content = text();
    try {
      await navigator.clipboard.writeText(content);
      shown.hidden = true;
      done("Copied.");
    } catch {
      shown.value = content;
      shown.hidden = false;
      shown.select();
      done("This page may not write to your clipboard. The text is selected: copy it from the box.");
    }
  });
  return [el, shown];
}
