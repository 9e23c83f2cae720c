// node wasm/compile.mjs  compiles wasm/simd.ts and prints src/ops/simd.ts, which brings its bytes to the page.
import asc from "assemblyscript/asc";

const options = "-O3 --converge --runtime stub --enable simd --importMemory --noExportMemory --noAssert".split(" ");
let bytes;
const { error, stderr } = await asc.main(["wasm/simd.ts", ...options, "--outFile", "simd.wasm"], {
  writeFile: (name, contents) => void (bytes = contents),
});
if (error) throw new Error(`${error.message}\n${stderr}`);
const base64 = Buffer.from(bytes)
  .toString("base64")
  .replaceAll(/.{100}(?=.)/g, '$&" +\n  "');
process.stdout.write(`// Written by \`make frontend\` from wasm/simd.ts.\nexport const SIMD =\n  "${base64}";\n`);
