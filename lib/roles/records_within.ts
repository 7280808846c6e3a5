import { RECORD } from "../pcap/constants.ts";
import type { WholeRecords } from "./chunk.ts";

/**
 * Finds the packets that lie wholly within the first bytes of some records.
 *
 * @param records Records of a classic pcap file, little-endian and well-formed, from the beginning of one.
 * @param written How many bytes count.
 * @returns The packets, and the bytes they take.
 *
 * @example Two records of 18 bytes, of which 20 bytes were written
 * ```ts
 * import assert from "node:assert/strict";
 * import { recordsWithin } from "./records_within.ts";
 *
 * const records = new Uint8Array(36);
 * records[8] = records[26] = 2; // captured lengths
 * assert.deepEqual(recordsWithin(records, 20), { packets: 1, bytes: 18 });
 * ```
 */
export function recordsWithin(
  records: Uint8Array,
  written: number,
): WholeRecords {
  const { buffer, byteOffset, byteLength } = records;
  const view = new DataView(buffer, byteOffset, byteLength);
  let packets = 0;
  let bytes = 0;
  while (bytes + RECORD.SIZE <= written) {
    const captured = view.getUint32(bytes + RECORD.CAPTURED, true);
    const next = bytes + RECORD.SIZE + captured;
    if (next > written) break;
    bytes = next;
    packets++;
  }
  return { packets, bytes };
}
