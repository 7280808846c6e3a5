import { RECORD } from "./constants.ts";

/**
 * Tells which records lie wholly within the first bytes of some, for a write that was cut short.
 *
 * @param records Little-endian records that were found good.
 * @param size How many bytes were written.
 * @returns How many packets that are, and how many bytes they take from the beginning.
 */
export function wholeRecords(
  records: Uint8Array,
  size: number,
): { packets: number; bytes: number } {
  const view = new DataView(
    records.buffer,
    records.byteOffset,
    records.byteLength,
  );
  let packets = 0;
  let bytes = 0;
  while (bytes + RECORD.SIZE <= size) {
    const next = bytes + RECORD.SIZE +
      view.getUint32(bytes + RECORD.CAPTURED, true);
    if (next > size) break;
    bytes = next;
    packets++;
  }
  return { packets, bytes };
}
