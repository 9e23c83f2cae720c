// node wasm/compile.mjs  compiles wasm/simd.ts and prints src/ops/simd.ts, which brings its bytes to the page.
import asc from "assemblyscript/asc";

const options = "-O3 --converge --runtime stub --enable simd --importMemory --noExportMemory --noAssert".split(" ");

/** The bytes as the text of a constant. */
async function compiled(name, ...more) {
  let bytes;
  const { error, stderr } = await asc.main(["wasm/simd.ts", ...options, ...more, "--outFile", "simd.wasm"], {
    writeFile: (name, contents) => void (bytes = contents),
  });
  if (error) throw new Error(`${error.message}\n${stderr}`);
  const base64 = Buffer.from(bytes)
    .toString("base64")
    .replaceAll(/.{100}(?=.)/g, '$&" +\n  "');
  return `export const ${name} =\n  "${base64}";\n`;
}

const kinds = [await compiled("RELAXED", "--enable", "relaxed-simd"), await compiled("SIMD")];
process.stdout.write(`// Written by \`make frontend\` from wasm/simd.ts.\n${kinds.join("")}`);
