import { type PacketBatch, RUN } from "./packet.ts";
import { RECORD } from "./pcap/constants.ts";

/**
 * Gives some of the packets of a batch.
 *
 * What was lost before a packet is told by the part that the packet is in.
 *
 * @param batch The batch; its records must be right (see `validateRecords`).
 * @param from Number of the first packet, 0 or more.
 * @param to Number of the first one behind, at most `batch.packets`.
 * @returns A batch that borrows from the one given; that itself if it is all of it.
 *
 * @example The first packet of two
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder, plainContext } from "./batch_builder.ts";
 * import { sliceBatch } from "./slice_batch.ts";
 *
 * const builder = new BatchBuilder(new Uint8Array(1000));
 * const context = plainContext(5, "kernel");
 * for (const originalLength of [1, 2]) {
 *   const data = new Uint8Array(originalLength);
 *   builder.add({ seconds: 1, nanoseconds: 0, originalLength, data }, context);
 * }
 * const first = sliceBatch(builder.build(), 0, 1);
 * assert.equal(first.records.length, 17);
 * assert.deepEqual([...first.runs], [1, 0, 0]);
 * ```
 */
export function sliceBatch(
  batch: PacketBatch,
  from: number,
  to: number,
): PacketBatch {
  if (from === 0 && to === batch.packets) return batch;
  const { records, runs, nanoseconds, contexts } = batch;
  const { buffer, byteOffset, byteLength } = records;
  const view = new DataView(buffer, byteOffset, byteLength);
  let at = 0;
  let start = 0;
  for (let packet = 0; packet < to; packet++) {
    if (packet === from) start = at;
    at += RECORD.SIZE + view.getUint32(at + RECORD.CAPTURED, true);
  }
  return {
    packets: to - from,
    records: from === to ? records.subarray(0, 0) : records.subarray(start, at),
    nanoseconds: nanoseconds?.subarray(from, to),
    runs: sliceRuns(runs, from, to),
    contexts,
  };
}

function sliceRuns(runs: Uint32Array, from: number, to: number): Uint32Array {
  const sliced: number[] = [];
  let first = 0;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    const end = first + (runs[run + RUN.PACKETS] ?? 0);
    const packets = Math.min(end, to) - Math.max(first, from);
    if (packets > 0) {
      const lost = from <= first ? runs[run + RUN.LOST_BEFORE] ?? 0 : 0;
      sliced.push(packets, runs[run + RUN.CONTEXT] ?? 0, lost);
    }
    first = end;
  }
  return Uint32Array.from(sliced);
}
