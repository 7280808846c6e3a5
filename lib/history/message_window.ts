import type { TimeSpan } from "../pcap/time_span.ts";
import { ChunkStore } from "./chunk_store.ts";
import { ENTRY, type WindowChunk } from "./window_chunk.ts";
import { type WindowMemory, WindowReader } from "./window_reader.ts";

/** What the window is told of a message. */
export interface MessageInfo {
  /** Packets in it. */
  packets: number;
  /** Bytes of its records, as of a classic pcap file in microseconds. */
  recordsSize: number;
  /** Where in the message its records lie as they are, 1 or more; 0 when they must be unpacked or changed. */
  recordsOffset: number;
  /** Time of its earliest packet, in microseconds since 1970. */
  first: number;
  /** Time of its latest packet. */
  last: number;
}

/** What a window holds, as it is now. */
export interface WindowState {
  /** Bytes that it may hold. */
  size_bytes: number;
  /** Bytes that it holds: messages, and 32 bytes for each. */
  held_bytes: number;
  /** Bytes of memory that it takes, with what readers still need. */
  memory_bytes: number;
  /** Bytes that have left the window and are kept, as somebody still reads them. */
  kept_bytes: number;
  /** Messages that it holds. */
  held_frames: number;
  /** Packets that it holds. */
  held_packets: number;
  /** Packets that have left it, as the window went on. */
  expired_packets: number;
  /** Packets that were never in it: their message is larger than the window. */
  oversized_packets: number;
}

/** How a {@linkcode MessageWindow} treats its readers. */
export interface WindowOptions {
  /**
   * Bytes that may be kept for readers after they have left the window. Beyond that the reader that is furthest behind is left behind; what is
   * lent can not be taken back, so who lends must see to it.
   *
   * @default {Infinity}
   */
  keepLimit?: number;
}

/** How much of a window is read. */
export interface ReadLimit extends Partial<TimeSpan> {
  /**
   * Bytes of records that may have to be unpacked: where there are more between `first` and `last`, reading begins later.
   *
   * @default {Infinity}
   */
  unpacked?: number;
}

/** A window has so many pieces of memory at least, so that the pieces at its ends are a small part of it. */
const LEAST_CHUNKS = 256;
const CHUNK_SIZE = { least: 64 * 1024, most: 1024 * 1024 } as const;

/**
 * The last messages that arrived, as they arrived, in so many bytes. The oldest leave first, one by one.
 *
 * There is no object for a message: all that is known of one stands before it, in the memory that is counted. What a
 * {@linkcode WindowReader} has yet to read, or has lent, is kept though it has left the window.
 *
 * @example Two messages in a window that holds one
 * ```ts
 * import assert from "node:assert/strict";
 * import { MessageWindow } from "./message_window.ts";
 *
 * const window = new MessageWindow(1024);
 * const info = { packets: 1, recordsSize: 0, recordsOffset: 0, first: 5, last: 5 };
 * window.add(new Uint8Array(600).fill(1), info);
 * window.add(new Uint8Array(600).fill(2), info);
 * using reader = window.read();
 * assert(reader.next());
 * assert.equal(reader.message()[0], 2);
 * assert(!reader.next());
 * ```
 */
export class MessageWindow {
  /** Bytes that it may hold. */
  readonly size: number;
  /** Bytes that may be kept for readers after they have left the window. */
  readonly keepLimit: number;
  readonly #store: ChunkStore;
  readonly #readers = new Set<WindowReader>();
  readonly #memory: WindowMemory;
  /** Where the oldest entry begins. */
  #tail = 0;
  /** Where the next entry begins. */
  #head = 0;
  #messages = 0;
  #packets = 0;
  #expired = 0;
  #oversized = 0;

  /**
   * Makes an empty window. Memory is taken as it fills.
   *
   * @param size Bytes that it may hold, 1 or more.
   * @param options How it treats its readers.
   * @throws {RangeError} If it is no whole number from 1 on.
   */
  constructor(size: number, options: WindowOptions = {}) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new RangeError(
        `Cannot make a window of ${size} bytes: it is not a number from 1 on`,
      );
    }
    this.size = size;
    this.keepLimit = options.keepLimit ?? Infinity;
    const { least, most } = CHUNK_SIZE;
    const fitting = 2 ** Math.ceil(Math.log2(size / LEAST_CHUNKS));
    this.#store = new ChunkStore(Math.min(Math.max(fitting, least), most));
    this.#memory = {
      store: this.#store,
      release: (reader) => this.#readers.delete(reader),
      trim: () => this.#trim(),
    };
  }

  /** What it holds, as it is now; a copy. */
  get state(): WindowState {
    return {
      size_bytes: this.size,
      held_bytes: this.#head - this.#tail,
      memory_bytes: this.#store.memory,
      kept_bytes: this.keptBytes,
      held_frames: this.#messages,
      held_packets: this.#packets,
      expired_packets: this.#expired,
      oversized_packets: this.#oversized,
    };
  }

  /** Bytes that have left the window and are kept, as somebody still reads them. */
  get keptBytes(): number {
    const store = this.#store;
    return store.countBefore(store.numberOf(this.#tail)) * store.chunkSize;
  }

  /** Times that the packets in it lie between; undefined while there are none. */
  get span(): TimeSpan | undefined {
    if (this.#messages === 0) return undefined;
    const store = this.#store;
    let first = Infinity;
    let last = -Infinity;
    const note = (span: TimeSpan): void => {
      first = Math.min(first, span.first);
      last = Math.max(last, span.last);
    };
    const oldest = store.numberOf(this.#tail);
    for (let number = oldest + 1; number < store.begun; number++) {
      note(store.get(number));
    }
    // What has left the oldest piece does not count.
    const to = Math.min(this.#head, (oldest + 1) * store.chunkSize);
    const reader = new WindowReader(this.#memory, { from: this.#tail, to });
    while (reader.next()) note(reader);
    return { first, last };
  }

  /**
   * Adds a message; the oldest leave to make room.
   *
   * @param message The whole message; it is copied.
   * @param info What is known of it.
   * @returns Whether it was added: a message larger than the window is not.
   */
  add(message: Uint8Array, info: MessageInfo): boolean {
    const store = this.#store;
    const size = message.byteLength;
    const start = store.alignEntry(this.#head);
    const end = start + ENTRY.END + size;
    if (ENTRY.END + size > this.size) {
      this.#oversized += info.packets;
      return false;
    }
    const tailChunk = store.numberOf(this.#tail);
    while (this.#messages > 0 && end - this.#tail > this.size) this.#expire();
    if (this.#messages === 0) this.#tail = start;
    this.#writeEntry(start, size, info);
    let from = 0;
    for (const { bytes } of store.parts(start + ENTRY.END, size)) {
      bytes.set(message.subarray(from, from + bytes.byteLength));
      from += bytes.byteLength;
    }
    this.#head = end;
    this.#messages++;
    this.#packets += info.packets;
    if (store.numberOf(this.#tail) !== tailChunk) this.#trim();
    return true;
  }

  /**
   * Reads what the window holds now, oldest first; what is added later is not read.
   *
   * @param limit How much of it. @default {{}} All.
   * @returns The reader, before the first message; the caller disposes of it, for it keeps what it has yet to read.
   */
  read(limit: ReadLimit = {}): WindowReader {
    const from = this.#startFor(limit);
    const reader = new WindowReader(this.#memory, { from, to: this.#head });
    this.#readers.add(reader);
    return reader;
  }

  #writeEntry(start: number, size: number, info: MessageInfo): void {
    const chunk = this.#store.at(start);
    const offset = start % this.#store.chunkSize;
    const { view } = chunk;
    view.setUint32(offset + ENTRY.SIZE, size, true);
    view.setUint32(offset + ENTRY.PACKETS, info.packets, true);
    view.setUint32(offset + ENTRY.RECORDS_OFFSET, info.recordsOffset, true);
    view.setUint32(offset + ENTRY.RECORDS_SIZE, info.recordsSize, true);
    view.setFloat64(offset + ENTRY.FIRST, info.first, true);
    view.setFloat64(offset + ENTRY.LAST, info.last, true);
    if (chunk.firstEntry < 0) chunk.firstEntry = offset;
    chunk.first = Math.min(chunk.first, info.first);
    chunk.last = Math.max(chunk.last, info.last);
    if (info.recordsOffset === 0) chunk.packedSize += info.recordsSize;
  }

  /** Lets the oldest message go. */
  #expire(): void {
    const { view } = this.#store.at(this.#tail);
    const offset = this.#tail % this.#store.chunkSize;
    const packets = view.getUint32(offset + ENTRY.PACKETS, true);
    const size = view.getUint32(offset + ENTRY.SIZE, true);
    this.#tail = this.#store.alignEntry(this.#tail + ENTRY.END + size);
    this.#messages--;
    this.#packets -= packets;
    this.#expired += packets;
  }

  /** Gives up pieces of memory that have left the window and that nobody reads, and readers that are too far behind. */
  #trim(): void {
    const store = this.#store;
    const tailChunk = store.numberOf(this.#tail);
    const isWanted = (chunk: WindowChunk): boolean => this.#isWanted(chunk);
    while (store.countBefore(tailChunk) > 0) {
      store.dropBefore(tailChunk, isWanted);
      if (this.keptBytes <= this.keepLimit || !this.#leaveOneBehind()) return;
    }
  }

  /** Takes what it has yet to read from the reader that is furthest behind; tells whether there was one. */
  #leaveOneBehind(): boolean {
    let furthest: WindowReader | undefined;
    for (const reader of this.#readers) {
      if (reader.position < (furthest?.position ?? this.#tail)) {
        furthest = reader;
      }
    }
    if (furthest === undefined) return false;
    this.#readers.delete(furthest);
    furthest.leaveBehind();
    return true;
  }

  #isWanted(chunk: WindowChunk): boolean {
    if (chunk.lent > 0) return true;
    for (const reader of this.#readers) {
      if (reader.needs(chunk.number)) return true;
    }
    return false;
  }

  /** Finds where to begin, such that no more than so many bytes have to be unpacked. */
  #startFor(limit: ReadLimit): number {
    const { unpacked = Infinity, first = -Infinity, last = Infinity } = limit;
    const store = this.#store;
    const tailChunk = store.numberOf(this.#tail);
    let start = this.#head;
    let sum = 0;
    for (let number = store.begun - 1; number >= tailChunk; number--) {
      const chunk = store.get(number);
      if (chunk.firstEntry < 0) continue;
      if (chunk.overlaps(first, last)) sum += chunk.packedSize;
      if (sum > unpacked) return start;
      start = number * store.chunkSize + chunk.firstEntry;
    }
    return Math.max(start, this.#tail);
  }
}
