import type { Chunk } from "./chunk.ts";

/** A chunk in the queue, and how far it is. */
export interface QueuedChunk {
  /** The chunk. */
  chunk: Chunk;
  /** Packets of it that are neither written nor dropped. */
  packets: number;
  /** Where the first of these begins. */
  start: number;
  /** Where to write on. */
  offset: number;
}

/**
 * What a chunk costs besides its bytes, about: objects here and at whom it is borrowed from. It keeps a flood of tiny chunks from
 * taking many times the memory that the queue may have.
 */
const OVERHEAD = 512;

/** Packets held in the queue are compacted when this many places at its front are empty, and at least half of it. */
const COMPACT_FROM = 1024;

/** Chunks that wait, in order. It does not bound itself: see {@linkcode ChunkQueue.weight}. */
export class ChunkQueue {
  #chunks: QueuedChunk[] = [];
  #front = 0;
  #bytes = 0;
  #packets = 0;

  /** Number of chunks. */
  get length(): number {
    return this.#chunks.length - this.#front;
  }

  /** Bytes still to be written. */
  get bytes(): number {
    const head = this.head;
    return this.#bytes - (head === undefined ? 0 : head.offset - head.start);
  }

  /** Packets that are neither written nor dropped. */
  get packets(): number {
    return this.#packets;
  }

  /** About how much memory the queue holds, in bytes. */
  get weight(): number {
    return this.#bytes + this.length * OVERHEAD;
  }

  /** The chunk that is written next. */
  get head(): QueuedChunk | undefined {
    return this.#chunks[this.#front];
  }

  /** Puts a chunk at the end; `offset` bytes of it are written already. */
  push(chunk: Chunk, offset: number): void {
    const { bytes, packets } = chunk;
    this.#chunks.push({ chunk, packets, start: 0, offset });
    this.#bytes += bytes.byteLength;
    this.#packets += packets;
  }

  /**
   * Takes a chunk out.
   *
   * @param place Which, from 0 for the next one.
   * @returns The chunk, which is the caller's to count and release; undefined if there is none.
   */
  remove(place: 0 | 1): QueuedChunk | undefined {
    const at = this.#front + place;
    const taken = this.#chunks[at];
    if (taken === undefined) return undefined;
    const head = this.head;
    if (place === 1 && head !== undefined) this.#chunks[at] = head;
    this.#front++;
    this.#bytes -= taken.chunk.bytes.byteLength - taken.start;
    this.#packets -= taken.packets;
    this.#compact();
    return taken;
  }

  /** Puts a chunk back at the front; it is written from its `start` on. */
  putBack(queued: QueuedChunk): void {
    queued.offset = queued.start;
    if (this.#front > 0) this.#chunks[--this.#front] = queued;
    else this.#chunks.unshift(queued);
    this.#bytes += queued.chunk.bytes.byteLength - queued.start;
    this.#packets += queued.packets;
  }

  #compact(): void {
    const empty = this.#front === this.#chunks.length;
    const sparse = this.#front >= COMPACT_FROM &&
      this.#front * 2 >= this.#chunks.length;
    if (!empty && !sparse) return;
    this.#chunks.splice(0, this.#front);
    this.#front = 0;
  }
}
