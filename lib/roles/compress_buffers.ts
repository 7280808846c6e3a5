import { BatchBuilder } from "../batch_builder.ts";
import {
  FRAME_SIZE,
  MAX_HEADER_SIZE,
  TRAILER_RESERVE,
} from "../wire/constants.ts";

/** Bytes of a buffer: a frame with the largest header. */
const SIZE = FRAME_SIZE + MAX_HEADER_SIZE;

/** Buffers kept for reuse; more, after a time of congestion, go back to the system. */
const KEPT = 16;

/** Memory that batches are gathered in, that moves to whoever compresses and back. */
export class CompressBuffers {
  readonly #idle: ArrayBuffer[] = [];

  /**
   * Makes an empty builder with room for the packets of any builder of a sender, and for a header before them.
   *
   * @returns The builder. Its memory is to be given back, not the builder.
   */
  take(): BatchBuilder {
    const buffer = this.#idle.pop() ?? new ArrayBuffer(SIZE);
    return new BatchBuilder(new Uint8Array(buffer), {
      start: MAX_HEADER_SIZE,
      limit: SIZE - TRAILER_RESERVE,
    });
  }

  /**
   * Gives memory back.
   *
   * @param buffer It; memory of another size is left to the garbage collector.
   */
  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength === SIZE && this.#idle.length < KEPT) {
      this.#idle.push(buffer);
    }
  }
}
