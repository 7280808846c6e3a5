import { loadLibc } from "../../lib/libc/load.ts";

const SYMBOLS = {
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const NONBLOCK = 0o4000;

/** A pipe with non-blocking ends, closed when disposed. */
export class TestPipe implements Disposable {
  readonly #library = loadLibc(SYMBOLS);
  readonly #ends = new Int32Array(2);
  readonly #open = new Set<number>();

  constructor() {
    const ends = new Uint8Array(this.#ends.buffer);
    if (this.#library.symbols.pipe2(ends, NONBLOCK) !== 0) {
      throw new Error("Cannot make a pipe");
    }
    this.#open.add(this.reader).add(this.writer);
  }

  get reader(): number {
    return this.#ends[0] ?? -1;
  }

  get writer(): number {
    return this.#ends[1] ?? -1;
  }

  /** Writes bytes; returns how many went in, -1 for none. */
  write(size: number): number {
    const bytes = new Uint8Array(size);
    return this.#library.symbols.write(this.writer, bytes, BigInt(size));
  }

  /** Reads bytes; returns how many came out, -1 for none. */
  read(size: number): number {
    const bytes = new Uint8Array(size);
    return this.#library.symbols.read(this.reader, bytes, BigInt(size));
  }

  close(descriptor: number): void {
    if (this.#open.delete(descriptor)) {
      this.#library.symbols.close(descriptor);
    }
  }

  [Symbol.dispose](): void {
    this.close(this.reader);
    this.close(this.writer);
    this.#library.close();
  }
}
