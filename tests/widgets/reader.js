// What the tests of test_contract.py do in a page, as `reader`.
(() => {
  const widget = document.querySelector(".cnnbook");
  const all = (selector) => [...widget.querySelectorAll(selector)];
  const seen = (el) => el.checkVisibility({ visibilityProperty: true }) && !el.closest(".unseen");
  const frame = () => new Promise(requestAnimationFrame);

  /** Two frames, and as many as a widget needs that is waiting for its network. */
  const frames = async () => {
    do {
      await frame();
      await frame();
    } while (document.querySelector(".cnnbook[aria-busy=true]"));
  };
  const controls = () =>
    all("button, input, select, textarea, summary, [role=grid], [tabindex='0']").filter((el) => seen(el) && !el.disabled);
  const name = (el) => {
    const label = el.getAttribute("aria-label") ?? el.labels?.[0]?.textContent ?? el.textContent;
    return `${el.localName} ${label.slice(0, 40)}`;
  };
  const press = (label) =>
    all("button").filter((el) => [el.textContent, el.ariaLabel].includes(label)).map((el) => el.click()).length;
  const unseen = () => all(".unseen").map((el) => el.textContent);

  /** What can be seen. */
  const shown = () => ({
    text: all("*").filter((el) => !el.childElementCount && seen(el)).map((el) => el.textContent).join("|"),
    fields: all("input, select").filter(seen).map((el) => (/radio|checkbox/.test(el.type) ? el.checked : el.value)),
    pressed: all("[aria-pressed]").filter(seen).map((el) => el.ariaPressed),
    canvases: all("canvas").filter(seen).map((canvas) => canvas.toDataURL()),
  });

  /** What can be seen, is said, has been copied, or asked of the system. */
  const state = () => JSON.stringify([shown(), unseen(), widget.className, window.copied, window.opened]);

  /** Presses what can be pressed, so that all parts are there. */
  const use = () => {
    all("[aria-pressed=false], [type=radio]").forEach((el) => el.click());
    return frames();
  };

  let waiting; // controls that the keyboard has not reached

  /** Waits for all; after the last there is one more, because at the end of a page WebKit begins anew. */
  const expect = () => {
    waiting = new Set(controls());
    document.body.append(document.createElement("button"));
  };

  /**
   * The control that has the focus, and the key that operates it. Menus are no part of the page, but a letter chooses
   * without them. What is pressed already has nothing to do.
   */
  const focused = () => {
    const el = document.activeElement;
    if (!widget.contains(el)) return null;
    waiting.delete(el);
    if (el.type === "radio") all("[type=radio]").forEach((other) => waiting.delete(other));
    return [name(el), keyFor(el)];
  };
  const keyFor = (el) => {
    if (el.matches(".extra [aria-pressed=true]")) return ""; // the ink in hand
    if (el.matches("[aria-disabled=true]")) return ""; // it keeps the focus, and does nothing
    if (el.matches("button, summary")) return "Enter";
    if (el.matches("select")) return el.options[(el.selectedIndex + 1) % el.options.length].text[0];
    if (el.matches("[role=grid]")) return "ArrowRight";
    if (el.matches("input:not([role], [type])")) return "5";
    if (el.matches("input")) return { checkbox: "Space", radio: "ArrowDown" }[el.type] ?? "ArrowUp";
    return "";
  };

  const unreached = () => [...waiting].filter((el) => el.isConnected && seen(el) && !el.disabled).map(name);

  /** Controls that look the same pressed or not, with the focus or without. */
  const indistinct = () => {
    const look = (el) => {
      const style = getComputedStyle(el);
      const names = ["backgroundColor", "color", "borderTopColor", "borderTopStyle", "borderTopWidth", "outlineStyle"];
      return names.map((name) => style[name]).join();
    };
    const differ = (el, change) => {
      const before = look(el);
      change();
      return look(el) !== before;
    };
    return [
      ...all("[aria-pressed]").filter((el) => !differ(el, () => (el.ariaPressed = el.ariaPressed !== "true"))),
      ...controls().filter((el) => el !== document.activeElement && !differ(el, () => el.focus())),
    ].map(name);
  };

  /** What must not be. */
  const broken = () => {
    const written = all("canvas").flatMap((canvas) => Object.values(canvas.texts ?? {}));
    const filled = all("input:not(:focus)").map((field) => field.value);
    return [
      ...(/.{0,40}(?:NaN|undefined|Infinity|null|\[object).{0,40}/.exec([widget.innerText, ...unseen(), ...written, ...filled].join(" ")) ?? []),
      ...(widget.innerText.trim() ? [] : ["no text"]),
      ...all("canvas:not(.marks)").filter((canvas) => seen(canvas) && empty(canvas)).map(() => "an empty canvas"),
    ];
  };
  const empty = (canvas) => {
    const { width, height } = canvas;
    return width > 0 && height > 0 && !canvas.getContext("2d").getImageData(0, 0, width, height).data.some(Boolean);
  };

  /** What must not grow. */
  const sizes = () => ({
    nodes: all("*").length,
    options: all("option").length,
    listeners: window.listening.length,
    observers: window.observing.size,
  });

  /** What each cell of each map is said to be, row by row: the keyboard walks through all. */
  const maps = () =>
    all("[role=grid]").map((grid) => {
      const press = (key, ctrlKey = false) =>
        grid.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey, bubbles: true, cancelable: true }));
      const [rows, columns] = ["aria-rowcount", "aria-colcount"].map((name) => Number(grid.getAttribute(name)));
      press("Home", true);
      return Array.from({ length: rows }, (_, row) => {
        if (row) press("ArrowDown");
        press("Home");
        return Array.from({ length: columns }, (_, column) => {
          if (column) press("ArrowRight");
          return grid.querySelector("[role=gridcell]").textContent;
        });
      });
    });

  /** A place on a part of the widget, in sight; `part`, `x` and `y` from 0 to 1. In a list, it chooses. */
  const spot = (part, x, y) => {
    const parts = [...controls(), ...all("canvas.marks, label, .handle").filter(seen)];
    const el = parts[Math.floor(part * parts.length)];
    el.scrollIntoView({ block: "center" });
    if (el.matches("select")) {
      el.selectedIndex = Math.floor(x * el.options.length);
      el.dispatchEvent(new Event("change", { bubbles: true }));
      return [name(el), 0, 0];
    }
    const box = el.getBoundingClientRect();
    const within = (place, size) => Math.min(Math.max(place, 0), size - 1);
    return [name(el), within(box.x + x * box.width, innerWidth), within(box.y + y * box.height, innerHeight)];
  };

  /** Renders the module for notebooks as Jupyter does, uses the widget and takes it away. */
  const host = async (code, values, assets, harsh) => {
    const file = new Blob([code], { type: "text/javascript" });
    const { default: module } = await import(URL.createObjectURL(file));
    const bytes = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
    values._assets = Object.fromEntries(Object.entries(assets).map(([name, text]) => [name, bytes(text)]));
    const refuse = () => {
      throw new Error("not here");
    };
    let heard = [];
    const model = {
      get: (name) => values[name],
      set: (name, value) => {
        values[name] = value;
        heard.filter(([event]) => event === `change:${name}`).forEach(([, listener]) => listener());
      },
      on: (...entry) => heard.push(entry),
      save_changes: harsh ? refuse : () => {},
      off: harsh ? refuse : (event, listener) => (heard = heard.filter((it) => it[0] !== event || it[1] !== listener)),
    };
    const still = document.body.appendChild(document.createElement("figure"));
    still.className = values._still;
    const home = document.body.appendChild(document.createElement("section"));
    const place = harsh ? home.attachShadow({ mode: "open" }) : home;
    const el = document.createElement("div");
    const now = () => ({
      heard: harsh || heard.length,
      content: el.childElementCount,
      listeners: window.listening.length,
      observers: window.observing.size,
      letters: document.documentElement.style.fontSize,
      still: getComputedStyle(still).display,
    });
    const before = now();
    const clean = await module.render({ model, el });
    place.append(el);
    await frames();
    const found = { before, still: now().still, alive: el.querySelectorAll("button, input").length };
    const field = el.querySelector(".spin");
    if (field) {
      field.focus();
      field.value = "no number";
      for (const type of ["input", "change", "blur"]) field.dispatchEvent(new Event(type));
    }
    el.querySelectorAll("button, input:not([type=file])").forEach((control) => control.click());
    await frames();
    clean();
    await frames();
    return { ...found, after: now() };
  };

  /** Follows a link to this page, as a reader does who changes the address. */
  const follow = async (hash) => {
    if (location.hash !== hash) {
      const arrived = new Promise((done) => addEventListener("hashchange", done, { once: true }));
      location.hash = hash;
      links++;
      await arrived;
    }
    await frames();
  };
  let links = 0; // that can be gone back

  const back = async () => {
    if (links === 0) return;
    const arrived = new Promise((done) => addEventListener("hashchange", done, { once: true }));
    links--;
    history.back();
    await arrived;
  };

  const alerts = () => all("[role=alert]").filter(seen).map((el) => el.innerText);

  /** The middle of a cell of the last map, between the map's middle and its first corner. */
  const lastMap = () => {
    const map = all("[role=grid]").filter(seen).pop();
    if (!map) return null;
    map.scrollIntoView({ block: "center" });
    const box = map.getBoundingClientRect();
    const [row, column] = ["aria-rowcount", "aria-colcount"].map((name) => {
      const cells = Number(map.getAttribute(name));
      return (Math.floor(cells / 3) + 0.5) / cells;
    });
    return [box.x + column * box.width, box.y + row * box.height];
  };

  /** What a finger would miss. */
  const small = () =>
    [...controls().filter((el) => el.matches("button, select, summary, [type=text]")), ...all("label.choice")]
      .map((el) => [name(el), el.getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 44 || height < 44)
      .map(([what, { width, height }]) => `${what}: ${width} × ${height}`);

  /** Grids and groups without a name, which axe lets pass. */
  const nameless = () =>
    [widget, ...all("*")]
      .filter((el) => el.matches("[role=grid], [role=group]") && !el.getAttribute("aria-label"))
      .map((el) => el.className);

  /** What moves by itself. */
  const moving = () => [
    ...document.getAnimations().map((animation) => animation.animationName ?? animation.transitionProperty),
    ...[widget, ...all("*")].filter((el) => {
      const { transitionDuration, animationDuration, scrollBehavior } = getComputedStyle(el);
      return /[1-9]/.test(transitionDuration + animationDuration) || scrollBehavior === "smooth";
    }).map(name),
  ];

  navigator.clipboard ??= {};
  navigator.clipboard.writeText = async (text) => void (window.copied = text);
  const noDialog = (event) => {
    if (event.target.type !== "file") return;
    event.preventDefault();
    window.opened = (window.opened ?? 0) + 1;
  };
  addEventListener("click", noDialog, true);
  window.reader = {
    widget, all, frames, press, shown, state, use, expect, focused, unreached, indistinct, broken, sizes, spot, host, follow,
    back, alerts, lastMap, small, nameless, moving, maps,
  };
})()
