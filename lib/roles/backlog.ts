import type { Chunk } from "./chunk.ts";
import { ChunkQueue, type QueuedChunk } from "./chunk_queue.ts";

/** What became of the packets that were offered to an output. Packets, unless the name says otherwise. */
export interface BacklogCounters {
  /** Packets whose last byte was taken by the kernel. */
  written: number;
  /** Bytes of these packets with what the format puts around them; headers of streams do not count. */
  written_bytes: number;
  /** Packets dropped as they could not be written in time, those of which a part was written included. */
  stalled_dropped: number;
  /** Bytes of these packets with what the format puts around them. */
  stalled_dropped_bytes: number;
  /** Packets that wait. */
  queued: number;
  /** Bytes that wait. */
  queued_bytes: number;
  /** The most that `queued_bytes` ever was. */
  queued_bytes_peak: number;
}

/** The chunks that wait for an output, how far the first of them is written, and the count of all that came here. */
export class Backlog {
  readonly #limit: number;
  readonly #queue = new ChunkQueue();
  #written = 0;
  #writtenBytes = 0;
  #dropped = 0;
  #droppedBytes = 0;
  #peak = 0;

  /**
   * Makes an empty one.
   *
   * @param limit Bytes that may wait.
   */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The counts so far; a copy. */
  get counters(): BacklogCounters {
    return {
      written: this.#written,
      written_bytes: this.#writtenBytes,
      stalled_dropped: this.#dropped,
      stalled_dropped_bytes: this.#droppedBytes,
      queued: this.#queue.packets,
      queued_bytes: this.#queue.bytes,
      queued_bytes_peak: this.#peak,
    };
  }

  /** Bytes that may wait. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether nothing waits. */
  get empty(): boolean {
    return this.#queue.length === 0;
  }

  /** What is to be written next, borrowed from its chunk; undefined if nothing waits. */
  get next(): Uint8Array | undefined {
    const head = this.#queue.head;
    if (head === undefined) return undefined;
    const { chunk, offset } = head;
    return offset === 0 ? chunk.bytes : chunk.bytes.subarray(offset);
  }

  /** The chunk that is written next, if nothing of it is written to the present stream yet. */
  get fresh(): Chunk | undefined {
    const head = this.#queue.head;
    return head !== undefined && head.offset === head.start
      ? head.chunk
      : undefined;
  }

  /** Counts a chunk that never had to wait, and releases it. */
  pass(chunk: Chunk): void {
    this.#written += chunk.packets;
    this.#writtenBytes += chunk.bytes.length;
    chunk.release(0);
  }

  /** Puts a chunk at the end; `offset` bytes of it are written already. */
  push(chunk: Chunk, offset: number): void {
    this.#queue.push(chunk, offset);
    this.#peak = Math.max(this.#peak, this.#queue.bytes);
  }

  /** Drops a chunk that never was in the queue. */
  refuse(chunk: Chunk): void {
    const { packets } = chunk;
    this.#discard({ chunk, packets, start: 0, offset: 0 });
  }

  /** Notes that bytes of the first chunk were written. */
  advance(bytes: number): void {
    const head = this.#queue.head;
    if (head === undefined) return;
    head.offset += bytes;
    if (head.offset < head.chunk.bytes.length) return;
    this.#queue.remove(0);
    this.#written += head.packets;
    this.#writtenBytes += head.offset - head.start;
    head.chunk.release(0);
  }

  /**
   * Goes back to the beginning of the packet that is partly written, for it can not be finished.
   *
   * A chunk that does not know where its packets begin is dropped.
   *
   * @returns Bytes gone back: what was written and is no whole packet.
   */
  rewind(): number {
    const head = this.#queue.head;
    if (head === undefined || head.offset === head.start) return 0;
    const { chunk, start, offset } = head;
    const whole = chunk.recordsWithin?.(offset);
    if (whole === undefined) {
      this.#discard(this.#queue.remove(0));
      return offset - start;
    }
    const packets = whole.packets - (chunk.packets - head.packets);
    this.#written += packets;
    this.#writtenBytes += whole.bytes - start;
    this.#queue.advanceHead({ packets, bytes: whole.bytes });
    return offset - whole.bytes;
  }

  /**
   * Makes room if too much waits, oldest first; a chunk that is partly written stays.
   *
   * @param first Whether the first chunk is `pinned`, as it is being written.
   * @returns How many chunks were dropped.
   */
  trim(first: "free" | "pinned"): number {
    const queue = this.#queue;
    let count = 0;
    while (queue.weight > this.#limit) {
      const head = queue.head;
      const kept = first === "pinned" ||
        (head !== undefined && head.offset > head.start);
      const dropped = queue.remove(kept ? 1 : 0);
      if (dropped === undefined) break;
      this.#discard(dropped);
      count++;
    }
    return count;
  }

  /** Drops everything. */
  clear(): void {
    while (!this.empty) this.#discard(this.#queue.remove(0));
  }

  #discard(dropped: QueuedChunk | undefined): void {
    if (dropped === undefined) return;
    const { chunk, packets, start } = dropped;
    this.#dropped += packets;
    this.#droppedBytes += chunk.bytes.length - start;
    chunk.release(packets);
  }
}
