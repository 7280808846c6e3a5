import type { PipeContent } from "../libc/output.ts";
import type { Chunk } from "./chunk.ts";
import { ChunkQueue, type QueuedChunk } from "./chunk_queue.ts";
import { PipedChunks } from "./piped_chunks.ts";

/** What became of the packets that were offered to an output. Packets, unless the name says otherwise. */
export interface BacklogCounters {
  /** Packets whose last byte was taken by the file, or by the reader of the pipe. */
  written: number;
  /** Bytes of these packets with what the format puts around them; headers of streams do not count. */
  written_bytes: number;
  /** Packets dropped as they could not be written in time, those of which a part was written included. */
  stalled_dropped: number;
  /** Bytes of these packets with what the format puts around them. */
  stalled_dropped_bytes: number;
  /** Packets that wait, those in the pipe included. */
  queued: number;
  /** Bytes of these packets that wait. */
  queued_bytes: number;
  /** The most that `queued_bytes` ever was. */
  queued_bytes_peak: number;
}

/** The chunks that wait for an output, how far the first of them is written, and the count of all that came here. */
export class Backlog {
  readonly #limit: number;
  readonly #pipe: () => PipeContent | undefined;
  readonly #queue = new ChunkQueue();
  readonly #piped = new PipedChunks();
  #written = 0;
  #writtenBytes = 0;
  #dropped = 0;
  #droppedBytes = 0;
  #peak = 0;

  /**
   * Makes an empty one.
   *
   * @param limit Bytes that may wait.
   * @param pipe Gives the pipe that chunks are written to, if it is one: then they count as written when they were read.
   */
  constructor(
    limit: number,
    pipe: () => PipeContent | undefined = () => undefined,
  ) {
    this.#limit = limit;
    this.#pipe = pipe;
  }

  /** The counts so far; a copy. */
  get counters(): BacklogCounters {
    const queuedBytes = this.#queue.bytes + this.#piped.bytes;
    return {
      written: this.#written,
      written_bytes: this.#writtenBytes,
      stalled_dropped: this.#dropped,
      stalled_dropped_bytes: this.#droppedBytes,
      queued: this.#queue.packets + this.#piped.packets,
      queued_bytes: queuedBytes,
      queued_bytes_peak: Math.max(this.#peak, queuedBytes),
    };
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#queue.bytes;
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

  /** Notes that bytes were written that are no packets. */
  skip(bytes: number): void {
    this.#piped.advance(bytes);
  }

  /** Takes a chunk that was written whole at once. */
  pass(chunk: Chunk): void {
    const { bytes: { length }, packets } = chunk;
    this.#piped.advance(length);
    this.#finish({ chunk, packets, start: 0, offset: length });
  }

  /** Puts a chunk at the end; `offset` bytes of it are written already. */
  push(chunk: Chunk, offset: number): void {
    this.#piped.advance(offset);
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
    this.#piped.advance(bytes);
    head.offset += bytes;
    if (head.offset < head.chunk.bytes.length) return;
    this.#queue.remove(0);
    this.#finish(head);
  }

  /**
   * Counts the chunks as written of which nothing is left in the pipe.
   *
   * @returns Whether some are in it yet.
   */
  settle(): boolean {
    if (this.#piped.empty) return false;
    this.#settle(this.#pipe()?.unread ?? 0);
    return !this.#piped.empty;
  }

  /** Counts what is in the pipe as written, as somebody reads it, and drops the rest. */
  end(): void {
    this.rewind();
    this.clear();
  }

  /**
   * Goes back to the beginning of the packet that is partly written, for it can not be finished, or of the first that was not read.
   *
   * A chunk that does not know where its packets begin is dropped.
   *
   * @param unread Bytes that were written and will never be read.
   * @returns Bytes of the last chunk gone back: what was written and is no whole packet.
   */
  rewind(unread = 0): number {
    this.#settle(unread);
    const head = this.#queue.head;
    let back = 0;
    if (head !== undefined && head.offset > head.start) {
      const { start, offset } = head;
      this.#queue.remove(0);
      head.offset = Math.max(start, offset - unread);
      this.#putBack(head);
      back = offset - head.start;
    }
    for (;;) {
      const last = this.#piped.takeLast(unread);
      if (last === undefined) return back;
      this.#putBack(last);
    }
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

  /** Counts a chunk whose last byte was written, now or when it is known to have been read. */
  #finish(queued: QueuedChunk): void {
    const pipe = this.#pipe();
    if (pipe === undefined) return this.#count(queued);
    this.#piped.push(queued);
    this.#settle(pipe.capacity);
  }

  #settle(unread: number): void {
    for (;;) {
      const read = this.#piped.takeRead(unread);
      if (read === undefined) return;
      this.#count(read);
    }
  }

  #count({ chunk, packets, start }: QueuedChunk): void {
    this.#written += packets;
    this.#writtenBytes += chunk.bytes.length - start;
    chunk.release(0);
  }

  /** Queues what is left of a chunk behind its last whole packet before its offset. */
  #putBack(queued: QueuedChunk): void {
    const { chunk, start, offset } = queued;
    if (offset > start) {
      const whole = chunk.recordsWithin?.(offset);
      if (whole === undefined) return this.#discard(queued);
      const packets = whole.packets - (chunk.packets - queued.packets);
      this.#written += packets;
      this.#writtenBytes += whole.bytes - start;
      queued.packets -= packets;
      queued.start = whole.bytes;
    }
    this.#queue.putBack(queued);
  }

  #discard(dropped: QueuedChunk | undefined): void {
    if (dropped === undefined) return;
    const { chunk, packets, start } = dropped;
    this.#dropped += packets;
    this.#droppedBytes += chunk.bytes.length - start;
    chunk.release(packets);
  }
}
