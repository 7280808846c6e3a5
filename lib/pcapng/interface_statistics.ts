import type { InterfaceTable } from "./interface_table.ts";
import { type SensorLedger, shareLedger } from "./ledger_rows.ts";
import { encodeStatistics, type PcapngTime } from "./statistics_block.ts";

/**
 * Writes one block of statistics for each interface, and before them what describes those interfaces that only the ledger knows.
 *
 * The losses of the ledger go to the first interface of the sensor and group, less those that the interfaces told of already between their
 * packets: so the sum over all interfaces is the ledger's.
 *
 * @param table The interfaces.
 * @param ledger What became of the packets, as far as it is known.
 * @param time When this was counted; when left out, the time of the last packet.
 * @returns The blocks of statistics.
 */
export function encodeTableStatistics(
  table: InterfaceTable,
  ledger: readonly SensorLedger[],
  time?: PcapngTime,
): Uint8Array[] {
  const shares = shareLedger(table, ledger);
  return table.entries.map((entry) => {
    const share = shares.get(entry);
    const endTime = toTime(entry.last);
    const dropped = entry.lost + (share?.lost ?? 0);
    return encodeStatistics({
      interfaceId: entry.id,
      time: time ?? endTime ?? { seconds: 0, nanoseconds: 0 },
      startTime: toTime(entry.first),
      endTime,
      received: entry.delivered + dropped,
      dropped,
      delivered: entry.delivered,
      comment: share?.comment ?? "",
    });
  });
}

/** Infinite as long as there was no packet. */
function toTime(microseconds: number): PcapngTime | undefined {
  if (!Number.isFinite(microseconds)) return undefined;
  const seconds = Math.floor(microseconds / 1_000_000);
  const rest = microseconds - seconds * 1_000_000;
  return { seconds, nanoseconds: rest * 1000 };
}

/**
 * Puts blocks one after another.
 *
 * @param blocks The blocks.
 * @returns Their bytes, newly made.
 */
export function joinBlocks(blocks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(sizeOf(blocks));
  placeBlocks(blocks, joined);
  return joined;
}

/**
 * Adds up the sizes of blocks.
 *
 * @param blocks The blocks.
 * @returns Bytes.
 */
export function sizeOf(blocks: readonly Uint8Array[]): number {
  return blocks.reduce((sum, { length }) => sum + length, 0);
}

/**
 * Copies blocks to the start of a buffer.
 *
 * @param blocks The blocks.
 * @param target The buffer; all of them fit.
 * @returns The offset after them.
 */
export function placeBlocks(
  blocks: readonly Uint8Array[],
  target: Uint8Array,
): number {
  let at = 0;
  for (const block of blocks) {
    target.set(block, at);
    at += block.length;
  }
  return at;
}
