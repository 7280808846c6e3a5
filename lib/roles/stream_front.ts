import type { Chunk } from "./chunk.ts";

/** What goes before packets: the header of a stream, and what a chunk needs to be said first. */
export interface StreamFrontOptions {
  /** Makes what each stream begins with. */
  header: () => Uint8Array;
  /** Gives what must be written just before a chunk, if anything; asked when that is next. @default {undefined} Nothing. */
  before?: (chunk: Chunk) => Uint8Array | undefined;
}

const NOTHING = new Uint8Array(0);

/** What is to be written before the next packet, and how far it is. */
export class StreamFront {
  readonly #options: StreamFrontOptions;
  #bytes: Uint8Array;
  #offset = 0;
  #kind: "header" | "before" = "header";

  /**
   * Begins with a header.
   *
   * @param options What goes before packets.
   */
  constructor(options: StreamFrontOptions) {
    this.#options = options;
    this.#bytes = options.header();
  }

  /** Whether nothing is left to be written before the next packet. */
  get empty(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  /** Whether the header was written. */
  get begun(): boolean {
    return this.#kind === "before" || this.empty;
  }

  /** What is left; empty for nothing. */
  get rest(): Uint8Array {
    return this.#offset === 0
      ? this.#bytes
      : this.#bytes.subarray(this.#offset);
  }

  /** Bytes that were written of something that is not complete. */
  get written(): number {
    return this.empty ? 0 : this.#offset;
  }

  /** Begins another stream: with a header, whatever was left. */
  restart(): void {
    this.#set(this.#options.header(), "header");
  }

  /**
   * Looks whether something must go before a chunk, when nothing else is left.
   *
   * @param chunk The chunk that is next, of which nothing is written.
   * @returns Whether there is something left now.
   */
  prepare(chunk: Chunk): boolean {
    const before = this.#options.before?.(chunk);
    if (before === undefined) return false;
    this.#set(before, "before");
    return !this.empty;
  }

  /**
   * Notes that bytes of the rest were written.
   *
   * @param bytes How many.
   * @returns Whether that was the end of the header.
   */
  advance(bytes: number): boolean {
    this.#offset += bytes;
    if (!this.empty) return false;
    const ended = this.#kind === "header";
    this.#set(NOTHING, "before");
    return ended;
  }

  #set(bytes: Uint8Array, kind: "header" | "before"): void {
    this.#bytes = bytes;
    this.#offset = 0;
    this.#kind = kind;
  }
}
