// node bundle.mjs FOLDER         writes cnnbook.mjs and cnnbook.js there.
// node bundle.mjs FOLDER --play  serves FOLDER with a cnnbook.js that is as new as its source.
import { build, context } from "esbuild";
import { resolve } from "node:path";

const [folder, play] = process.argv.slice(2);
const target = ["es2021", "safari15"]; // browsers from 2021 on; tsconfig.json names the same year

// A style sheet is imported as its text, with the sheets that it imports in it.
const sheets = {
  name: "sheets",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const options = { entryPoints: [path], bundle: true, minify: true, target, write: false, metafile: true };
      const { outputFiles, metafile } = await build(options);
      const watchFiles = Object.keys(metafile.inputs).map((file) => resolve(file));
      return { contents: outputFiles[0].text.trim(), loader: "text", watchFiles };
    }),
};

// One source, two wrappings: the module that anywidget loads, and the classic script of static pages.
const wrapping = (entry, format, name) => ({
  entryPoints: [entry],
  outfile: `${folder}/${name}`,
  format,
  bundle: true,
  minify: !play,
  target,
  plugins: [sheets],
  logLevel: "warning",
});
const page = wrapping("src/hosts/page.ts", "iife", "cnnbook.js");

if (play) {
  // https://esbuild.github.io/api/#live-reload
  const reload = `new EventSource("/esbuild").addEventListener("change", () => location.reload());`;
  const playing = await context({ ...page, banner: { js: reload }, sourcemap: "inline" });
  await playing.watch({ delay: 0 });
  const { port } = await playing.serve({ servedir: folder, host: "127.0.0.1" });
  console.log(`Every widget is on http://127.0.0.1:${port} and follows its source. Ctrl+C ends it.`);
} else {
  await Promise.all([build(wrapping("src/hosts/notebook.ts", "esm", "cnnbook.mjs")), build(page)]);
}
