// A reader's progress, kept by the browser and sent nowhere: which chapters were begun and read, how many of their
// questions were answered. It stands in the navigation; what the words mean, EXPLAINED says below it.
(() => {
  if (!(window.localStorage instanceof Storage)) return; // refused (cnnbook/site/theme.py): nothing is kept or said
  const EXPLAINED =
    "A chapter is begun when you open it, and read when you have scrolled to its end. A question counts once you " +
    "have answered it, right or wrong. Exercises run in Python, of which these pages know nothing. All this is kept " +
    "in this browser alone.";
  const KEY = "cnnbook-progress:"; // and the name of a chapter; two tabs do not write the same item
  const chapter = document.querySelector(".download") && DOCUMENTATION_OPTIONS.pagename;
  const questions = document.querySelectorAll(".cnnbook-widget:is([data-kind=quiz], [data-kind=guess])");

  /** What is kept of a chapter: whether it is read, which questions are answered, of how many. Else null. */
  const kept = (name) => {
    try {
      const { read, answered, of } = JSON.parse(localStorage.getItem(KEY + name));
      return {
        read: read === true,
        answered: answered.filter(Number.isInteger),
        of: Number.isInteger(of) ? of : 0,
      };
    } catch {
      return null; // nothing, or what others have written
    }
  };

  const note = (change) => {
    const record = kept(chapter) ?? { read: false, answered: [] };
    record.of = questions.length;
    change(record);
    record.answered = [...new Set(record.answered)].filter((turn) => turn >= 0 && turn < record.of);
    try {
      localStorage.setItem(KEY + chapter, JSON.stringify(record));
    } catch {
      // There is no room left.
    }
    show();
  };

  const about = document.createElement("div");
  about.className = "progress-kept";
  about.hidden = true; // until there is something to clear
  about.innerHTML = `<p class="caption" role="heading" aria-level="2">Your progress</p><p>${EXPLAINED}</p>
    <button type="button">Clear my progress</button><p role="status"></p>`;
  const [clear, told] = about.querySelectorAll("button, [role=status]");
  clear.addEventListener("click", () => {
    Object.keys(localStorage).forEach((key) => key.startsWith(KEY) && localStorage.removeItem(key));
    told.textContent = "Cleared.";
    show();
  });
  const links = document.querySelectorAll(".bd-docs-nav a");
  document.querySelector(".bd-docs-nav")?.append(about);

  const show = () => {
    links.forEach((link) => {
      link.querySelector(".progress-mark")?.remove();
      const own = link.getAttribute("href") === "#"; // the page that is open
      const name = own
        ? chapter
        : link.pathname
            .split("/")
            .pop()
            .replace(/\.html$/, "");
      const record = name && kept(name);
      if (!record) return;
      about.hidden = false;
      const { read, answered, of } = record;
      const count = of ? `, ${answered.length} of ${of} questions` : "";
      const mark = document.createElement("span");
      mark.className = `progress-mark ${read ? "read" : "begun"}`;
      mark.textContent = ` ${read ? "read" : "begun"}${count}`;
      link.append(mark);
    });
  };
  addEventListener("storage", show); // written or cleared in another tab
  addEventListener("pageshow", ({ persisted }) => persisted && show()); // or while this page was left
  show();
  if (!chapter) return;

  note(() => {});
  const end = new IntersectionObserver((moments) => {
    if (!moments.some(({ isIntersecting }) => isIntersecting)) return;
    end.disconnect();
    note((record) => (record.read = true));
  });
  end.observe(document.querySelector(".prev-next-footer"));

  // The widgets know nothing of this. Their own events say that the reader, and no link, has answered.
  const answered = ({ target }) => {
    const turn = [...questions].indexOf(target.closest(".cnnbook-widget"));
    if (turn >= 0) note((record) => record.answered.push(turn));
  };
  addEventListener("change", (event) => event.target.type === "radio" && answered(event));
  // A guess that is no number has no verdict.
  addEventListener(
    "submit",
    (event) => event.target.parentElement.querySelector(".verdict:is(.right, .wrong)") && answered(event),
  );
})();
