/** Which packets of a batch were cut, by number from 0 and in ascending order, and into how many parts each. */
export type PartCounts = ReadonlyMap<number, number>;

/** No packet was cut. */
export const NO_PARTS: PartCounts = new Map();

/**
 * Tells how many packets are there in full.
 *
 * @param parts Which packets were cut.
 * @param records How many records are there: parts, and packets that were not cut.
 * @returns Packets of which all records are there.
 */
export function packetsWithin(parts: PartCounts, records: number): number {
  let packets = 0;
  let seen = 0;
  for (const [packet, count] of parts) {
    const start = seen + packet - packets;
    if (start + count > records) break;
    packets = packet + 1;
    seen = start + count;
  }
  const next = firstFrom(parts, packets);
  return Math.min(packets + records - seen, next);
}

/** The first packet from one on that was cut; infinite when there is none. */
function firstFrom(parts: PartCounts, from: number): number {
  for (const packet of parts.keys()) if (packet >= from) return packet;
  return Infinity;
}

/**
 * Tells how many records packets became.
 *
 * @param parts Which packets were cut.
 * @param packets How many packets, from the first one on.
 * @returns Their records.
 */
export function recordsOf(parts: PartCounts, packets: number): number {
  let records = packets;
  for (const [packet, count] of parts) {
    if (packet >= packets) break;
    records += count - 1;
  }
  return records;
}
