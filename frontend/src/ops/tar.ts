// The members of a tar archive, while it comes in (POSIX.1-1988, "ustar"; notes about long names are passed over).
import type { Bytes } from "./bytes.ts";
import { DAMAGED, refused } from "./refused.ts";

export const BLOCK = 512; // bytes: of a header, and what content is filled up to
const [NAME, SIZE, SUM, TYPE] = [0, 124, 148, 156]; // where each is in a header

export interface Member {
  path: string;
  size: number;
  plain: boolean; // a file, and no folder, link or note
}

const text = (header: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...header.subarray(at, at + length)).replace(/\0.*/s, "");
const octal = (header: Uint8Array, at: number, length: number): number => parseInt(text(header, at, length), 8);

/** Whether a block is a header: its sum, in which the sum itself counts as blanks, is right. */
export function isHeader(block: Uint8Array): boolean {
  const sum = block.reduce((sum, byte, at) => sum + (at >= SUM && at < SUM + 8 ? 32 : byte), 0);
  return block.length === BLOCK && sum === octal(block, SUM, 8);
}

/**
 * Each member; until the next is asked for, its content is next in `bytes`. Throws RangeError where the archive is cut
 * or damaged.
 */
export async function* members(bytes: Bytes): AsyncGenerator<Member> {
  for (;;) {
    const header = await bytes.read(BLOCK);
    if (header.length === BLOCK && !header.some(Boolean)) return;
    const size = octal(header, SIZE, 12);
    if (!isHeader(header) || !(size >= 0)) throw refused(DAMAGED);
    const end = bytes.passed + BLOCK * Math.ceil(size / BLOCK);
    yield { path: text(header, NAME, 100), size, plain: [0, 48].includes(header[TYPE]) };
    await bytes.skip(end - bytes.passed);
  }
}
