// node bundle.mjs FOLDER         writes cnnbook.mjs, cnnbook.js, networks.js, engine.js and cnnbook.css there.
// node bundle.mjs FOLDER FILE... writes each of these there, with all that it imports, as a module.
// node bundle.mjs FOLDER --play  serves FOLDER with a cnnbook.js and a cnnbook.css that are as new as their sources.
import { build, context } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { parse, relative, resolve } from "node:path";
import { minify } from "terser";

const [folder, ...rest] = process.argv.slice(2);
const play = rest[0] === "--play";

const target = ["es2021", "safari15"]; // browsers from 2021 on; tsconfig.json names the same year

const wrapping = (format, ...entryPoints) => ({
  entryPoints,
  outdir: folder,
  format,
  bundle: true,
  minify: !play,
  target,
  logLevel: "warning",
});
// One source, two wrappings: the classic script of static pages, and the module that anywidget loads.
const page = wrapping("iife", { in: "src/hosts/page.ts", out: "cnnbook" });
const notebook = {
  ...wrapping("esm", { in: "src/hosts/notebook.ts", out: "cnnbook" }),
  outExtension: { ".js": ".mjs" },
};
const style = wrapping("iife", { in: "src/style/index.css", out: "cnnbook" });
// Both of them fetch this one, for the widgets in it; what they have themselves they hand over.
const networks = { ...wrapping("iife", { in: "src/networks.ts", out: "networks" }), globalName: "networks" };
// What a worker runs: an asset, which comes with a network.
const engine = wrapping("iife", { in: "src/hosts/worker.ts", out: "engine" });

/** A plugin: the modules that `write` has another text for get that. */
const rewritten = (write) => ({
  name: "rewritten",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.ts$/ }, ({ path, resolveDir }) => {
      const name = relative("src", resolve(resolveDir, path));
      return write(name) ? { path: name, namespace: "rewritten" } : undefined;
    });
    onLoad({ filter: /./, namespace: "rewritten" }, ({ path }) => ({ contents: write(path), resolveDir: "src" }));
  },
});

/** The modules that a script is made of, by their names in src. */
async function modules(script) {
  const { metafile } = await build({ ...script, metafile: true, write: false });
  return Object.keys(metafile.inputs).map((path) => relative("src", path));
}

/** `script` with the modules `shared` in a list. */
const handing = (script, shared) => {
  const imports = shared.map((name, i) => `import * as m${i} from "./${name}";`);
  const list = shared.map((name, i) => `${JSON.stringify(name)}: m${i}`);
  const floor = `${imports.join("")} export const FLOOR = { ${list} };`;
  return { ...script, plugins: [rewritten((name) => name === "floor.ts" && floor)] };
};

/** `script` without the modules `shared`: it takes them out of the list. */
const taking = (script, shared) => ({
  ...script,
  plugins: [rewritten((name) => shared.includes(name) && `module.exports = FLOOR[${JSON.stringify(name)}];`)],
});

if (play) {
  // https://esbuild.github.io/api/#live-reload
  const reload = `new EventSource("/esbuild").addEventListener("change", () => location.reload());`;
  const whole = `import { KINDS } from "./networks.ts"; export const later = async () => KINDS;`;
  const playing = await context({
    ...page,
    entryPoints: [...page.entryPoints, ...style.entryPoints],
    plugins: [rewritten((name) => name === "later.ts" && whole)],
    banner: { js: reload },
    sourcemap: "inline",
  });
  await playing.watch({ delay: 0 });
  const { port } = await playing.serve({ servedir: folder, host: "127.0.0.1" });
  console.log(`Every widget is on http://127.0.0.1:${port} and follows its source. Ctrl+C ends it.`);
} else if (rest.length) {
  await build(wrapping("esm", ...rest.map((path) => ({ in: path, out: parse(path).name }))));
} else {
  const own = await modules(networks);
  const shared = (await modules(page)).filter((name) => own.includes(name)); // hosts alone differ in page and notebook
  await Promise.all(
    [handing(page, shared), handing(notebook, shared), taking(networks, shared), engine, style].map(build),
  );
  for (const name of ["cnnbook.js", "cnnbook.mjs", "networks.js", "engine.js"]) {
    // Terser makes what esbuild has minified 4 % smaller.
    const { code } = await minify(await readFile(`${folder}/${name}`, "utf8"), { module: name.endsWith("mjs") });
    await writeFile(`${folder}/${name}`, code);
  }
}
