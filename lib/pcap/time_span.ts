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
