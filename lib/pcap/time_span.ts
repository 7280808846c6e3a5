import { RECORD } from "./constants.ts";

const MICROSECONDS = 1_000_000;

/** From when to when. */
export interface TimeSpan {
  /** The earliest time, in microseconds since 1970. */
  first: number;
  /** The latest time. */
  last: number;
}

/**
 * Finds the times that records lie between; they need not be in order. Where records are checked anyway, `validateRecords` tells.
 *
 * @param records Little-endian records of a classic pcap file in microseconds, which were found good; 1 or more.
 * @returns The earliest and the latest time.
 *
 * @example Two packets, the later one first
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeRecord } from "./mod.ts";
 * import { findTimeSpan } from "./time_span.ts";
 *
 * const data = Uint8Array.of(0x45);
 * const packet = { nanoseconds: 5000, originalLength: 1, data };
 * const records = [9, 7].flatMap((seconds) => [...encodeRecord({ ...packet, seconds })]);
 * const span = findTimeSpan(Uint8Array.from(records));
 * assert.deepEqual(span, { first: 7_000_005, last: 9_000_005 });
 * ```
 */
export function findTimeSpan(records: Uint8Array): TimeSpan {
  const { buffer, byteOffset, byteLength } = records;
  const view = new DataView(buffer, byteOffset, byteLength);
  let first = Infinity;
  let last = -Infinity;
  for (let at = 0; at < byteLength;) {
    const time = recordTime(view, at);
    if (time < first) first = time;
    if (time > last) last = time;
    at += RECORD.SIZE + view.getUint32(at + RECORD.CAPTURED, true);
  }
  return { first, last };
}

/**
 * Reads the time of a record.
 *
 * @param view The records.
 * @param offset Where the record begins.
 * @returns Microseconds since 1970.
 */
export function recordTime(view: DataView, offset: number): number {
  return view.getUint32(offset + RECORD.SECONDS, true) * MICROSECONDS +
    view.getUint32(offset + RECORD.FRACTION, true);
}
