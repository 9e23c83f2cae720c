// node bundle.mjs FOLDER: writes cnnbook.mjs and cnnbook.js there.
import { build, transform } from "esbuild";
import { readFile } from "node:fs/promises";

const folder = process.argv[2];
const target = ["es2021", "safari15"]; // browsers from 2021 on; tsconfig.json names the same year
const { code: style } = await transform(await readFile("src/style.css", "utf8"), { loader: "css", minify: true, target });

// One source, two wrappings: the module that anywidget loads, and the classic script of static pages.
for (const [entry, format, name] of [["src/index.ts", "esm", "cnnbook.mjs"], ["src/host.ts", "iife", "cnnbook.js"]]) {
  await build({
    entryPoints: [entry],
    outfile: `${folder}/${name}`,
    format,
    bundle: true,
    minify: true,
    target,
    define: { __STYLE__: JSON.stringify(style.trim()) },
    logLevel: "warning",
  });
}
