// Text with marks, as question files hold it.
import { element } from "./dom.ts";

/** The text with `code` and *emphasis* as elements; a star between letters or digits is a star. */
export function marked(text: string): (Node | string)[] {
  // A star after a letter or digit is a match, too, so that it opens nothing. (A lookbehind would say so, but Safari
  // before 16.4 cannot read one, nor any script that holds one.)
  return text.split(/(\w\*|`[^`]+`|\*[^*\s](?:[^*]*[^*\s])?\*(?!\w))/).map((part, index) => {
    if (index % 2 === 0 || /\w/.test(part[0])) return part;
    return element(part[0] === "`" ? "code" : "em", {}, part.slice(1, -1));
  });
}
