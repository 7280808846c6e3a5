import { BatchBuilder } from "../batch_builder.ts";
import type { PacketBatch } from "../packet.ts";
import {
  FRAME_SIZE,
  MAX_HEADER_SIZE,
  TRAILER_RESERVE,
} from "../wire/constants.ts";
import { maximumTrailerSize, type TotalsByGroup } from "../wire/frame_body.ts";

/** Bytes of a buffer: a frame with the largest header. */
const SIZE = FRAME_SIZE + MAX_HEADER_SIZE;

/** Buffers kept for reuse; more, after a time of congestion, go back to the system. */
const KEPT = 16;

const NO_GROUPS: TotalsByGroup = new Map();

/** Memory that batches are gathered in, that moves to whoever compresses and back. */
export class CompressBuffers {
  readonly #idle: ArrayBuffer[] = [];

  /**
   * Makes an empty builder with room for the packets of any builder of a sender, and for a header before them.
   *
   * @returns The builder. Its memory is to be given back, not the builder.
   */
  take(): BatchBuilder {
    return new BatchBuilder(this.takeMemory(SIZE), {
      start: MAX_HEADER_SIZE,
      limit: SIZE - TRAILER_RESERVE,
    });
  }

  /**
   * Makes an empty builder with room for a batch, or what is left of it, for what follows its records in a frame, and for a header before them.
   *
   * @param batch The batch, of any size.
   * @param groups Totals of groups that the frame tells.
   * @returns The builder. Its memory is to be given back, not the builder.
   */
  takeFor(
    batch: PacketBatch,
    groups: TotalsByGroup = NO_GROUPS,
  ): BatchBuilder {
    const trailer = maximumTrailerSize(batch, groups);
    const limit = MAX_HEADER_SIZE + batch.records.byteLength;
    const bytes = this.takeMemory(limit + trailer);
    return new BatchBuilder(bytes, { start: MAX_HEADER_SIZE, limit });
  }

  /**
   * Takes memory.
   *
   * @param size How many bytes are needed.
   * @returns As many or more, of any content.
   */
  takeMemory(size: number): Uint8Array<ArrayBuffer> {
    if (size > SIZE) return new Uint8Array(size);
    return new Uint8Array(this.#idle.pop() ?? new ArrayBuffer(SIZE));
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
