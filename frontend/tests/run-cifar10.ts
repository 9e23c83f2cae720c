// For tests/widgets/test_accuracy_files.py: what is read of each FILE, or the sentence that refuses it, a line each.
import { createHash } from "node:crypto";
import { openAsBlob } from "node:fs";
import { isOfficial, readTestBatch } from "../src/ops/cifar10.ts";

for (const file of process.argv.slice(2)) {
  let found;
  try {
    const batch = await readTestBatch(await openAsBlob(file));
    const images = createHash("sha256").update(batch.images).digest("hex");
    found = { images, labels: [...batch.labels], official: await isOfficial(batch) };
  } catch (error) {
    found = String(error);
  }
  console.log(JSON.stringify(found));
}
