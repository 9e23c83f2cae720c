// Says of what is wider than the page that it scrolls (book.css, .scrolls): how wide numbers and formulas come out,
// only the browser knows. Pictures know their width and need no script.
(() => {
  if (!("ResizeObserver" in window)) return;
  const mark = ({ target }) => {
    const scrolls = target.scrollWidth > target.clientWidth + 1;
    target.classList.toggle("scrolls", scrolls);
    if (scrolls) target.tabIndex = 0; // the arrow keys scroll it, too
  };
  const observer = new ResizeObserver((entries) => entries.forEach(mark)); // calls for each once, and when a fold opens
  addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".cell_output pre, .bd-article table, .formula").forEach((box) => {
      if (!box.closest(".cnnbook-widget")) observer.observe(box);
    });
  });
})();
