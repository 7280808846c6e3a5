import type { QueuedChunk } from "./chunk_queue.ts";

/** A chunk that was written to its end, and where in the stream that is. */
interface PipedChunk {
  readonly queued: QueuedChunk;
  readonly end: number;
}

/** Chunks that were written into a pipe whole, and of which the last bytes may not have been read. */
export class PipedChunks {
  #chunks: PipedChunk[] = [];
  #written = 0;
  #packets = 0;
  #bytes = 0;

  /** Whether there are none. */
  get empty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Packets in them. */
  get packets(): number {
    return this.#packets;
  }

  /** Bytes of these packets. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Notes that bytes were written, whatever they are.
   *
   * @param bytes How many.
   */
  advance(bytes: number): void {
    this.#written += bytes;
  }

  /**
   * Takes a chunk whose last byte was the last that was written.
   *
   * @param queued The chunk.
   */
  push(queued: QueuedChunk): void {
    this.#chunks.push({ queued, end: this.#written });
    this.#add(queued, 1);
  }

  /**
   * Takes the first chunk out if it was read whole.
   *
   * @param unread Bytes in the pipe at most.
   * @returns The chunk, which is the caller's to count and release.
   */
  takeRead(unread: number): QueuedChunk | undefined {
    const [first] = this.#chunks;
    if (first === undefined || first.end > this.#written - unread) {
      return undefined;
    }
    this.#chunks.shift();
    this.#add(first.queued, -1);
    return first.queued;
  }

  /**
   * Takes the last chunk out.
   *
   * @param unread Bytes in the pipe.
   * @returns The chunk, with how far it was read as its offset; undefined when there is none.
   */
  takeLast(unread: number): QueuedChunk | undefined {
    const last = this.#chunks.pop();
    if (last === undefined) return undefined;
    const { queued, end } = last;
    this.#add(queued, -1);
    const missing = Math.max(end - (this.#written - unread), 0);
    queued.offset = Math.max(
      queued.chunk.bytes.byteLength - missing,
      queued.start,
    );
    return queued;
  }

  #add({ chunk, packets, start }: QueuedChunk, sign: 1 | -1): void {
    this.#packets += sign * packets;
    this.#bytes += sign * (chunk.bytes.byteLength - start);
  }
}
