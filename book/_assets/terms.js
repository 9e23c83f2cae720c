// Shows what a word of the glossary means, where the word is (cnnbook/site/terms.py puts it into the page): while the
// pointer rests on it, while the focus is there, or at a first tap; a second one follows the link. Escape hides it.
(() => {
  let link; // whose meaning is shown
  let meaning;
  let row; // of the link, where it is broken into several
  let soon; // what happens if the pointer stays
  let dismissed; // by Escape, until the pointer or the focus leaves
  let touch = false; // a finger, not a mouse, was there last
  const more = document.createElement("a");
  more.textContent = "In the glossary";
  more.tabIndex = -1; // for fingers and mice: with keys the word itself is the link

  const find = (event, what) => event.target instanceof Element && event.target.closest(what);

  const hide = () => {
    clearTimeout(soon);
    if (meaning) meaning.hidden = true;
    link = meaning = undefined;
  };

  // Below the line of the word, or above it where there is more room; not beyond the sides of the window.
  const place = () => {
    const rows = link.getClientRects();
    if (!rows.length) return hide(); // its fold was closed
    const line = rows[Math.min(row, rows.length - 1)];
    Object.assign(meaning.style, { left: 0, top: 0 });
    const box = meaning.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const below = line.bottom + 4 + box.height <= clientHeight || line.top < clientHeight - line.bottom;
    meaning.style.left = `${Math.max(8, Math.min(line.left, clientWidth - 8 - box.width)) - box.left}px`;
    meaning.style.top = `${(below ? line.bottom + 4 : line.top - 4 - box.height) - box.top}px`;
  };

  const show = (term, y) => {
    hide();
    link = term;
    row = [...term.getClientRects()].findIndex(({ top, bottom }) => top <= y && y <= bottom);
    row = Math.max(0, row);
    meaning = document.getElementById(term.getAttribute("aria-describedby")).parentElement;
    more.href = term.href;
    meaning.append(more);
    meaning.hidden = false;
    place();
  };

  addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    touch = false;
    const term = find(event, "a.term");
    if (term !== dismissed) dismissed = undefined;
    if (term === link || find(event, ".meaning")) return clearTimeout(soon);
    clearTimeout(soon);
    if (term && term !== dismissed) soon = setTimeout(show, 100, term, event.clientY);
    else if (link && link !== document.activeElement) soon = setTimeout(hide, 300);
  });

  addEventListener("focusin", (event) => {
    const term = find(event, "a.term");
    if (term && term !== link && term.matches(":focus-visible")) show(term);
  });
  addEventListener("focusout", (event) => {
    if (find(event, "a.term") === link && !meaning?.matches(":hover")) hide();
  });

  addEventListener("keydown", ({ key }) => {
    touch = false;
    if (key !== "Escape" || !link) return;
    dismissed = link;
    hide();
  });

  let again = false; // the tap is on the word whose meaning is shown
  addEventListener("pointerdown", (event) => {
    touch = event.pointerType === "touch";
    const term = find(event, "a.term");
    again = Boolean(term) && term === link;
    if (touch && !again && !find(event, ".meaning")) hide();
  });
  addEventListener("click", (event) => {
    const term = find(event, "a.term");
    if (!term || !touch || again) return;
    event.preventDefault();
    show(term, event.clientY);
  });

  // Widgets that come to life move what is below them.
  new ResizeObserver(() => link && place()).observe(document.body);
  addEventListener("pagehide", hide); // whoever comes back sees the page as it was
})();
