import type { PacketBatch } from "./packet.ts";

/**
 * Copies a batch, so that it stays when the memory it borrows is used again.
 *
 * @param batch The batch.
 * @returns A batch that borrows nothing but its contexts, which never change.
 *
 * @example A batch that outlives its builder's memory
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder } from "./batch_builder.ts";
 * import { copyBatch } from "./copy_batch.ts";
 *
 * const builder = new BatchBuilder(new Uint8Array(100));
 * const batch = copyBatch(builder.build());
 * assert.notEqual(batch.records.buffer, builder.bytes.buffer);
 * ```
 */
export function copyBatch(batch: PacketBatch): PacketBatch {
  const { packets, records, nanoseconds, runs, contexts } = batch;
  return {
    packets,
    records: new Uint8Array(records),
    nanoseconds: nanoseconds && new Uint16Array(nanoseconds),
    runs: new Uint32Array(runs),
    contexts: [...contexts],
  };
}
