// What is too large for a state, on pages: classic scripts beside this one, a file an asset, because from file:// a
// page may load nothing else. Each hands its bytes to `cnnbookAsset`, by the name of its file.
import { decode64 } from "../ops/base64.ts";
import { AssetError } from "./model.ts";

declare global {
  var cnnbookAssets: Record<string, string> | undefined; // those of a page that is a single file
  var cnnbookAsset: (file: string, base64: string) => void;
}

const HERE = (document.currentScript as HTMLScriptElement).src; // "" on a page that is a single file
const arrived = new Map<string, Uint8Array>();
const asked = new Map<string, Promise<Uint8Array>>();

globalThis.cnnbookAsset = (file, base64) => {
  arrived.set(file, decode64(base64));
};

Object.entries(globalThis.cnnbookAssets ?? {}).forEach(([file, base64]) => globalThis.cnnbookAsset(file, base64));

/** The bytes of an asset; asked for once, whoever asks. Rejects where the file is missing, or is cut. */
export function load(file: string): Promise<Uint8Array> {
  if (!asked.has(file)) asked.set(file, ask(file));
  return asked.get(file)!;
}

const PAUSE = 1_000; // milliseconds before a file is asked for a second time

/**
 * A weak network loses one; and Firefox stops the scripts of a page that is being left as if they were missing, which
 * whoever goes back to it would read of. There, the pause lasts until then.
 */
const ask = (file: string) =>
  new Promise<Uint8Array>((resolve, reject) => {
    const attempt = (last: boolean) => {
      if (arrived.has(file)) return resolve(arrived.get(file)!);
      const script = document.createElement("script");
      script.src = new URL(file, HERE).href;
      script.onload = script.onerror = () => {
        if (arrived.has(file)) resolve(arrived.get(file)!);
        else if (last) fail();
        else setTimeout(attempt, PAUSE, true);
      };
      document.head.append(script);
    };
    const fail = () => {
      asked.delete(file); // the next widget tries again
      const advice = "Load the page again, or copy the book again, with all its folders.";
      reject(new AssetError(`A file of this page, ${file}, is missing or damaged. ${advice}`));
    };
    attempt(false);
  });
