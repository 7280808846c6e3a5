import type { WholeRecords } from "./chunk.ts";
import { packetsWithin, type PartCounts, recordsOf } from "./part_counts.ts";

/**
 * Tells which packets lie wholly within the first bytes of a chunk whose packets may be cut into several records.
 *
 * @param parts Which of them are.
 * @param written How many bytes there are.
 * @param sizeAt Tells the size of the record at an offset; there is one at every offset that is less than `written`.
 * @returns Packets, and the bytes that they take.
 */
export function wholePackets(
  parts: PartCounts,
  written: number,
  sizeAt: (offset: number) => number,
): WholeRecords {
  let records = 0;
  for (let at = 0; at < written; records++) {
    at += sizeAt(at);
    if (at > written) break;
  }
  const packets = packetsWithin(parts, records);
  let bytes = 0;
  for (let left = recordsOf(parts, packets); left > 0; left--) {
    bytes += sizeAt(bytes);
  }
  return { packets, bytes };
}
