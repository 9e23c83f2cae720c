// For tests/widgets/test_builder.py: node run-stack.ts FILE, which holds [input, layers] after [input, layers] as JSON.
// Prints what `costs` says of each; JSON has no Infinity, so a number that sees the whole picture has the field null.
import { readFileSync } from "node:fs";
import { costs } from "../src/ops/stack.ts";

const cases: Parameters<typeof costs>[] = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify(cases.map((each) => costs(...each))));
