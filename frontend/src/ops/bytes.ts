// Bytes that arrive piece by piece, of a file that may be larger than memory: read in order, and forgotten.

export class Bytes {
  private readonly source: ReadableStreamDefaultReader<Uint8Array>;
  private piece: Uint8Array = new Uint8Array(0);
  private at = 0; // in the piece
  passed = 0; // bytes so far
  private ended = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.source = stream.getReader();
  }

  /** The next bytes without going on: `count`, which is small, or fewer at the end. */
  async peek(count: number): Promise<Uint8Array> {
    const bytes = await this.read(count);
    const rest = this.piece.subarray(this.at);
    this.passed -= bytes.length;
    this.piece = new Uint8Array(bytes.length + rest.length);
    this.piece.set(bytes);
    this.piece.set(rest, bytes.length);
    this.at = 0;
    return bytes;
  }

  /** The next `count` bytes, or fewer at the end. */
  async read(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    let filled = 0;
    await this.pass(count, (part) => {
      bytes.set(part, filled);
      filled += part.length;
    });
    return bytes.subarray(0, filled);
  }

  /** Goes on by `count` bytes; says by how many there were. */
  skip(count: number): Promise<number> {
    return this.pass(count, () => {});
  }

  /** Nothing more is wanted. */
  end(): void {
    void this.source.cancel().catch(() => {});
  }

  private async pass(count: number, take: (part: Uint8Array) => void): Promise<number> {
    let left = count;
    while (left > 0) {
      if (this.at === this.piece.length) {
        if (this.ended) break;
        const { done, value } = await this.source.read();
        this.ended = done;
        [this.piece, this.at] = [value ?? new Uint8Array(0), 0];
      }
      const part = this.piece.subarray(this.at, this.at + left);
      take(part);
      this.at += part.length;
      left -= part.length;
      this.passed += part.length;
    }
    return count - left;
  }
}
