import type { ChunkStore } from "./chunk_store.ts";
import { ENTRY, type WindowChunk } from "./window_chunk.ts";

/** What a reader has of its window. */
export interface WindowMemory {
  /** The memory. */
  readonly store: ChunkStore;
  /** Forgets a reader. */
  release(reader: WindowReader): void;
  /** Gives up memory that nobody needs any more. */
  trim(): void;
}

/** Bytes of the window that stay as they are until they are given back. */
export interface WindowLoan extends Disposable {
  /** The bytes, in order; several parts where they lie in several pieces of memory. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * Reads messages of a window in the order in which they arrived, while the window goes on.
 *
 * @example The packets of the messages that are there
 * ```ts
 * import assert from "node:assert/strict";
 * import { MessageWindow } from "./message_window.ts";
 *
 * const window = new MessageWindow(1024 * 1024);
 * const info = { recordsSize: 0, recordsOffset: 0, first: 5, last: 5 };
 * window.add(new Uint8Array(100), { packets: 2, ...info });
 * window.add(new Uint8Array(100), { packets: 3, ...info });
 * using reader = window.read();
 * let packets = 0;
 * while (reader.next()) packets += reader.packets;
 * assert.equal(packets, 5);
 * ```
 */
export class WindowReader implements Disposable {
  readonly #memory: WindowMemory;
  readonly #from: number;
  readonly #to: number;
  /** Where the next entry begins. */
  #next: number;
  /** Where the present message begins, behind its entry's head. */
  #message = 0;
  #chunkNumber: number;
  /** The piece that was last found to have something of the time asked for. */
  #looked = -1;
  #scratch = new Uint8Array(0);
  #leftBehind = false;
  /** Bytes of the present message. */
  size = 0;
  /** Packets in it. */
  packets = 0;
  /** Where in it the records lie as they are; 0 when they must be unpacked. */
  recordsOffset = 0;
  /** Bytes of its records. */
  recordsSize = 0;
  /** Time of its earliest packet, in microseconds since 1970. */
  first = 0;
  /** Time of its latest packet. */
  last = 0;

  /**
   * Made by {@linkcode MessageWindow.read}.
   *
   * @param memory What it has of the window.
   * @param range Where to begin, and where to end.
   */
  constructor(memory: WindowMemory, range: { from: number; to: number }) {
    this.#memory = memory;
    this.#from = range.from;
    this.#to = range.to;
    this.#next = range.from;
    this.#chunkNumber = memory.store.numberOf(range.from);
  }

  /**
   * Tells whether it still needs a piece of memory.
   *
   * @param number The piece.
   * @returns Whether it does.
   */
  needs(number: number): boolean {
    return number >= this.#chunkNumber &&
      number * this.#memory.store.chunkSize < this.#to;
  }

  /** Where the oldest byte is that it still needs; infinite at the end. */
  get position(): number {
    return this.#chunkNumber * this.#memory.store.chunkSize;
  }

  /**
   * Whether it was so far behind that the window did not keep for it what it had yet to read. Then nothing borrowed from it may be used, and
   * {@linkcode next} finds nothing; ask for this whenever the window may have gone on. What was lent stays.
   */
  get isLeftBehind(): boolean {
    return this.#leftBehind;
  }

  /** Takes from it what it has yet to read; for the window. */
  leaveBehind(): void {
    this.#leftBehind = true;
    this.#next = this.#to;
    this.#chunkNumber = Infinity;
  }

  /** Bytes that it is to go through. */
  get total(): number {
    return this.#to - this.#from;
  }

  /** How many of these it has gone through. */
  get done(): number {
    return Math.min(this.#next, this.#to) - this.#from;
  }

  /**
   * Goes on to the next message that can have packets of a time. What was borrowed of the present one may be overwritten from then on.
   *
   * @param since The earliest time, in microseconds since 1970. @default {-Infinity}
   * @param until The latest time. @default {Infinity}
   * @returns Whether there is one.
   */
  next(since = -Infinity, until = Infinity): boolean {
    const { store } = this.#memory;
    while (this.#next < this.#to) {
      const chunk = store.get(store.numberOf(this.#next));
      if (chunk.number !== this.#looked) {
        this.#looked = chunk.number;
        if (!chunk.overlaps(since, until)) {
          this.#next = this.#behind(chunk);
          continue;
        }
      }
      this.#readEntry(chunk);
      if (this.first <= until && this.last >= since) {
        this.#hold(chunk.number);
        return true;
      }
    }
    this.#hold(Infinity);
    return false;
  }

  /**
   * Gives the present message, all in one piece.
   *
   * @returns The message, borrowed until {@linkcode next}: the window's memory, or a copy where it lies in several pieces.
   */
  message(): Uint8Array<ArrayBuffer> {
    const { store } = this.#memory;
    const chunk = store.get(store.numberOf(this.#message - 1));
    const offset = this.#message - chunk.number * store.chunkSize;
    if (offset + this.size <= store.chunkSize) {
      return chunk.bytes.subarray(offset, offset + this.size);
    }
    if (this.#scratch.byteLength < this.size) {
      this.#scratch = new Uint8Array(this.size);
    }
    this.peek(this.#scratch.subarray(0, this.size));
    return this.#scratch.subarray(0, this.size);
  }

  /**
   * Copies the first bytes of the present message.
   *
   * @param target Where to; as many are copied as fit.
   * @returns How many that are.
   */
  peek(target: Uint8Array): number {
    const size = Math.min(this.size, target.byteLength);
    let at = 0;
    for (const { bytes } of this.#memory.store.parts(this.#message, size)) {
      target.set(bytes, at);
      at += bytes.byteLength;
    }
    return size;
  }

  /**
   * Lends the records of the present message, which must lie there as they are.
   *
   * @returns The records; they stay until they are given back, whatever becomes of the reader and the window.
   * @throws {TypeError} If they must be unpacked.
   */
  lendRecords(): WindowLoan {
    if (this.recordsOffset === 0) {
      throw new TypeError("Cannot lend records: they must be unpacked");
    }
    const memory = this.#memory;
    const start = this.#message + this.recordsOffset;
    const lent = [...memory.store.parts(start, this.recordsSize)];
    for (const { chunk } of lent) chunk.lent++;
    let open = true;
    return {
      parts: lent.map(({ bytes }) => bytes),
      [Symbol.dispose](): void {
        if (!open) return;
        open = false;
        for (const { chunk } of lent) chunk.lent--;
        memory.trim();
      },
    };
  }

  /** Ends reading: what it has yet to read is not kept for it any more. Doing so twice is fine. */
  [Symbol.dispose](): void {
    this.#next = this.#to;
    this.#chunkNumber = Infinity;
    this.#memory.release(this);
    this.#memory.trim();
  }

  /** Reads the entry that is next, and goes behind it. */
  #readEntry({ view, number }: WindowChunk): void {
    const { store } = this.#memory;
    const offset = this.#next - number * store.chunkSize;
    this.size = view.getUint32(offset + ENTRY.SIZE, true);
    this.packets = view.getUint32(offset + ENTRY.PACKETS, true);
    this.recordsOffset = view.getUint32(offset + ENTRY.RECORDS_OFFSET, true);
    this.recordsSize = view.getUint32(offset + ENTRY.RECORDS_SIZE, true);
    this.first = view.getFloat64(offset + ENTRY.FIRST, true);
    this.last = view.getFloat64(offset + ENTRY.LAST, true);
    this.#message = this.#next + ENTRY.END;
    this.#next = store.alignEntry(this.#message + this.size);
  }

  /** Finds the first entry behind a piece of memory. */
  #behind({ number }: WindowChunk): number {
    const { store } = this.#memory;
    for (let at = number + 1; at * store.chunkSize < this.#to; at++) {
      const { firstEntry } = store.get(at);
      if (firstEntry >= 0) return at * store.chunkSize + firstEntry;
    }
    return this.#to;
  }

  #hold(number: number): void {
    if (number === this.#chunkNumber) return;
    this.#chunkNumber = number;
    this.#memory.trim();
  }
}
