// Says of what is wider than the page that it scrolls (book.css, .scrolls): how wide numbers and formulas come out,
// only the browser knows. Pictures know their width and need no script.
(() => {
  if (!("ResizeObserver" in window)) return;
  const mark = ({ target }) => {
    // The sign itself takes a pixel or two off the width: one that is there stays while anything is cut.
    const spare = target.classList.contains("scrolls") ? 0 : 4;
    const scrolls = target.scrollWidth > target.clientWidth + spare;
    target.classList.toggle("scrolls", scrolls);
    if (scrolls) target.tabIndex = 0; // the arrow keys scroll it, too
  };
  // Calls for each once, and when a fold opens. In the next frame, because the sign changes sizes, too.
  const observer = new ResizeObserver((entries) => requestAnimationFrame(() => entries.forEach(mark)));
  addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".cell_output pre, .bd-article table, .formula").forEach((box) => {
      if (!box.closest(".cnnbook-widget")) observer.observe(box);
    });
  });
})();
