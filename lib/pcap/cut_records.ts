import type { PacketBatch } from "../packet.ts";
import { RECORD } from "./constants.ts";

/**
 * Cuts the packets of a batch to a length; they keep their original lengths.
 *
 * @param batch The batch; its records must be right (see `validateRecords`).
 * @param snaplen Bytes that are kept of each packet, 0 or more.
 * @returns The batch itself where no packet is longer; else one whose records are a copy, and that borrows all the rest.
 *
 * @example A packet of four bytes, of which two are kept
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder, plainContext } from "../batch_builder.ts";
 * import { cutRecords } from "./mod.ts";
 *
 * const builder = new BatchBuilder(new Uint8Array(100));
 * const data = Uint8Array.of(0x45, 0, 0, 4);
 * const packet = { seconds: 1, nanoseconds: 0, originalLength: 4, data };
 * builder.add(packet, plainContext(5, "kernel"));
 * assert.equal(cutRecords(builder.build(), 2).records.length, 18);
 * ```
 */
export function cutRecords(batch: PacketBatch, snaplen: number): PacketBatch {
  const { records } = batch;
  const { buffer, byteOffset, byteLength } = records;
  const view = new DataView(buffer, byteOffset, byteLength);
  const size = sizeOfCut(view, snaplen);
  if (size === byteLength) return batch;
  const cut = new Uint8Array(size);
  const target = new DataView(cut.buffer);
  let to = 0;
  for (let at = 0; at < byteLength;) {
    const captured = view.getUint32(at + RECORD.CAPTURED, true);
    const kept = Math.min(captured, snaplen);
    cut.set(records.subarray(at, at + RECORD.SIZE + kept), to);
    target.setUint32(to + RECORD.CAPTURED, kept, true);
    to += RECORD.SIZE + kept;
    at += RECORD.SIZE + captured;
  }
  return { ...batch, records: cut };
}

function sizeOfCut(view: DataView, snaplen: number): number {
  let size = 0;
  for (let at = 0; at < view.byteLength;) {
    const captured = view.getUint32(at + RECORD.CAPTURED, true);
    size += RECORD.SIZE + Math.min(captured, snaplen);
    at += RECORD.SIZE + captured;
  }
  return size;
}
