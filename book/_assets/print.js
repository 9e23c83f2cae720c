// On paper the answers stand together at the end of a chapter, away from their questions: what folds hide, and what
// questions with a living answer would say. Paper is white, too. After printing everything is as it was.
// A sheet for pupils can be printed without the page around it.
(() => {
  const undo = [];

  const element = (tag, className, ...children) => {
    const made = document.createElement(tag);
    made.className = className;
    made.append(...children);
    return made;
  };

  /** The text with `code` and *emphasis* as elements, as frontend/src/ui/marked.ts has it. */
  const marked = (text) =>
    text.split(/(\w\*|`[^`]+`|\*[^*\s](?:[^*]*[^*\s])?\*(?!\w))/).map((part, index) => {
      if (index % 2 === 0 || /\w/.test(part[0])) return part;
      return element(part[0] === "`" ? "code" : "em", "", part.slice(1, -1));
    });

  /** Adds nodes until printing is over. */
  const lend = (place, how, node) => {
    place[how](node);
    undo.push(() => node.remove());
  };

  /** What a fold hides, on loan; what a quiz or a guess says of the right answer. */
  const answer = (question) => {
    if (question.matches("details")) {
      const entry = element("div", question.closest(".cell") ? "cell" : "");
      const summary = question.querySelector("summary");
      while (summary.nextSibling) entry.append(summary.nextSibling);
      undo.push(() => question.append(...entry.childNodes));
      return entry;
    }
    const state = JSON.parse(question.querySelector("script").textContent);
    if (question.dataset.kind === "guess") return element("p", "", `${state.answer}. `, ...marked(state.why));
    const right = state.choices.find((choice) => choice.right);
    return element("p", "", "“", ...marked(right.text), "”. ", ...marked(right.why));
  };

  const title = (heading) => heading.firstChild.textContent;

  const gather = (article, chapter) => {
    const answers = element("section", "on-paper answers", element("h2", "", "Answers"));
    let [turn, section] = [0, null];
    article.querySelectorAll("details, .cnnbook-widget:is([data-kind=quiz], [data-kind=guess])").forEach((question) => {
      if (question.closest(".cnnbook") || question.parentElement.closest("details")) return;
      const id = `answer-${chapter}-${(turn += 1)}`;
      const link = element("a", "", `${turn}`);
      link.href = `#${id}`;
      const label = question.querySelector("summary:not(.admonition > *)")?.textContent.trim() ?? "Answer";
      const name = question.matches(".below-input") ? "The result" : label;
      lend(question, "after", element("p", "on-paper where", `${name}: number `, link, " at the end of this chapter"));
      const heading = question.closest("section")?.querySelector("h2, h3");
      if (heading && heading !== section) answers.append(element("h3", "", title((section = heading))));
      const entry = element("div", "entry", element("p", "name", `${turn}. ${name}`), answer(question));
      entry.id = id;
      answers.append(entry);
      question.classList.add("answered-below");
      undo.push(() => question.classList.remove("answered-below"));
    });
    if (turn) lend(article, "append", answers);
  };

  addEventListener("beforeprint", () => {
    if (undo.length) return;
    const { theme } = root.dataset;
    root.dataset.theme = "light";
    undo.push(() => (root.dataset.theme = theme));
    document.querySelectorAll(".bd-article").forEach((article, index) => gather(article, index + 1));
    document.querySelectorAll(".bd-article img[loading=lazy]").forEach((picture) => (picture.loading = "eager"));
    // An address that can be read already is not printed twice.
    document.querySelectorAll(".bd-article a.external").forEach((link) => {
      const shown = link.href.replace(/^https?:\/\/(www\.)?/, "").startsWith(link.textContent.replace(/\/$/, ""));
      link.classList.toggle("shown", shown);
    });
  });

  const [sheet, root] = [document.querySelector("#sheet"), document.documentElement];
  if (sheet) {
    const button = element("button", "print-sheet", "Print this sheet, without the answers");
    button.type = "button";
    button.addEventListener("click", () => {
      root.classList.add("sheet-alone");
      print();
    });
    sheet.querySelector("h2").after(button);
  }

  addEventListener("afterprint", () => {
    root.classList.remove("sheet-alone");
    while (undo.length) undo.pop()();
  });
})();
