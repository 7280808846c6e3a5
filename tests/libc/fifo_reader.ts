import { FileCalls } from "../../lib/libc/file_calls.ts";

const READ_ONLY = 0;
const NONBLOCK = 0o4000;
const READ_SIZE = 64 * 1024;

/** A reader in this process, so that a test decides what happens between two of its turns. */
export class FifoReader implements Disposable {
  readonly #calls = new FileCalls();
  readonly #descriptor: number;
  #open = true;

  constructor(path: string) {
    this.#descriptor = this.#calls.open(path, READ_ONLY | NONBLOCK);
    if (this.#descriptor < 0) throw new Error(`Cannot open ${path}`);
  }

  /** Reads what is there, but no more than `limit` bytes. */
  read(limit = Infinity): Uint8Array {
    const parts: number[] = [];
    while (parts.length < limit) {
      const size = Math.min(READ_SIZE, limit - parts.length);
      const bytes = new Uint8Array(size);
      const taken = this.#calls.read(this.#descriptor, bytes);
      if (taken <= 0) break;
      for (const byte of bytes.subarray(0, taken)) parts.push(byte);
    }
    return Uint8Array.from(parts);
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#calls.close(this.#descriptor);
    this.#calls[Symbol.dispose]();
  }
}
