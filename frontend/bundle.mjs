// node bundle.mjs FOLDER         writes cnnbook.mjs, cnnbook.js, cnnbook.css and engine.js there.
// node bundle.mjs FOLDER FILE... writes each of these there, with all that it imports, as a module.
// node bundle.mjs FOLDER --play  serves FOLDER with a cnnbook.js and a cnnbook.css that are as new as their sources.
import { build, context } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { parse } from "node:path";
import { minify } from "terser";

const [folder, ...rest] = process.argv.slice(2);
const play = rest[0] === "--play";

const target = ["es2021", "safari15"]; // browsers from 2021 on; tsconfig.json names the same year

// One source, two wrappings: the module that anywidget loads, and the classic script of static pages.
const wrapping = (format, ...entryPoints) => ({
  entryPoints,
  outdir: folder,
  format,
  bundle: true,
  minify: !play,
  target,
  logLevel: "warning",
});
const page = wrapping(
  "iife",
  { in: "src/hosts/page.ts", out: "cnnbook" },
  { in: "src/style/index.css", out: "cnnbook" },
);

if (play) {
  // https://esbuild.github.io/api/#live-reload
  const reload = `new EventSource("/esbuild").addEventListener("change", () => location.reload());`;
  const playing = await context({ ...page, banner: { js: reload }, sourcemap: "inline" });
  await playing.watch({ delay: 0 });
  const { port } = await playing.serve({ servedir: folder, host: "127.0.0.1" });
  console.log(`Every widget is on http://127.0.0.1:${port} and follows its source. Ctrl+C ends it.`);
} else if (rest.length) {
  await build(wrapping("esm", ...rest.map((path) => ({ in: path, out: parse(path).name }))));
} else {
  const notebook = wrapping("esm", { in: "src/hosts/notebook.ts", out: "cnnbook" });
  // What a worker runs: an asset, which comes with a network.
  const engine = wrapping("iife", { in: "src/hosts/worker.ts", out: "engine" });
  await Promise.all([build({ ...notebook, outExtension: { ".js": ".mjs" } }), build(page), build(engine)]);
  for (const name of ["cnnbook.js", "cnnbook.mjs", "engine.js"]) {
    // Terser makes what esbuild has minified 4 % smaller.
    const { code } = await minify(await readFile(`${folder}/${name}`, "utf8"), { module: name.endsWith("mjs") });
    await writeFile(`${folder}/${name}`, code);
  }
}
