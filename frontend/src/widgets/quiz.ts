import type { Model } from "../model.ts";

export function render(model: Model, el: HTMLElement): () => void {
  el.textContent = model.get("question");
  return () => el.replaceChildren();
}
