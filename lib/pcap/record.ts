import type { PacketInput } from "../batch_builder.ts";
import { MAX_SNAPLEN, RECORD } from "./constants.ts";
import type { RecordFormat } from "./file_header.ts";
import { PcapError } from "./pcap_error.ts";
import type { TimeSpan } from "./time_span.ts";

/** The format of the records in a batch, a frame and the streams written here. */
const BATCH_FORMAT: RecordFormat = {
  littleEndian: true,
  precision: "microseconds",
};
const MICROSECONDS_PER_SECOND = 1_000_000;
const NANOSECONDS_PER_SECOND = 1_000_000_000;
const LAST_SECOND = 0xffff_ffff;

/** A record that was read, and where the next one begins. */
export interface DecodedRecord extends PacketInput {
  /** Offset after the record. */
  nextOffset: number;
}

/**
 * Makes one record of a classic pcap file.
 *
 * @param packet The packet.
 * @param format Byte order and precision; what is below a microsecond is lost where the precision is microseconds.
 * @default {format} Little-endian, microseconds.
 * @returns Header and data, newly made.
 * @throws {RangeError} When a length or the time is out of range.
 *
 * @example A record of two bytes
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeRecord } from "./mod.ts";
 *
 * const data = Uint8Array.of(0x45, 0);
 * const record = encodeRecord({ seconds: 1, nanoseconds: 0, originalLength: 40, data });
 * assert.equal(record.length, 18);
 * ```
 */
export function encodeRecord(
  packet: PacketInput,
  format: RecordFormat = BATCH_FORMAT,
): Uint8Array<ArrayBuffer> {
  checkPacket(packet);
  const { littleEndian, precision } = format;
  const { data } = packet;
  const bytes = new Uint8Array(RECORD.SIZE + data.byteLength);
  const view = new DataView(bytes.buffer);
  const fraction = precision === "nanoseconds"
    ? packet.nanoseconds
    : Math.floor(packet.nanoseconds / 1000);
  view.setUint32(RECORD.SECONDS, packet.seconds, littleEndian);
  view.setUint32(RECORD.FRACTION, fraction, littleEndian);
  view.setUint32(RECORD.CAPTURED, data.byteLength, littleEndian);
  view.setUint32(RECORD.ORIGINAL, packet.originalLength, littleEndian);
  bytes.set(data, RECORD.SIZE);
  return bytes;
}

function checkPacket(packet: PacketInput): void {
  const { seconds, nanoseconds, originalLength, data } = packet;
  if (data.byteLength > MAX_SNAPLEN || originalLength < data.byteLength) {
    throw new RangeError(
      `Cannot write a record: ${data.byteLength} bytes captured of ${originalLength}`,
    );
  }
  if (
    !(seconds >= 0 && seconds <= LAST_SECOND) ||
    !(nanoseconds >= 0 && nanoseconds < NANOSECONDS_PER_SECOND)
  ) {
    throw new RangeError(
      `Cannot write a record: its time is ${seconds} s and ${nanoseconds} ns`,
    );
  }
}

/**
 * Checks the header of one record and tells how long the record is.
 *
 * @param source The bytes.
 * @param offset Where the record begins; its header must be there in full.
 * @param format Byte order and precision.
 * @returns Bytes of header and data, 16 to 262160, whether they are all there or not.
 * @throws {PcapError} When a length or the fraction is out of range; its offset is that within `source`.
 */
export function checkRecord(
  source: DataView,
  offset: number,
  format: RecordFormat,
): number {
  const { littleEndian, precision } = format;
  const limit = precision === "nanoseconds"
    ? NANOSECONDS_PER_SECOND
    : MICROSECONDS_PER_SECOND;
  const fraction = source.getUint32(offset + RECORD.FRACTION, littleEndian);
  const captured = source.getUint32(offset + RECORD.CAPTURED, littleEndian);
  const original = source.getUint32(offset + RECORD.ORIGINAL, littleEndian);
  if (captured > MAX_SNAPLEN || original < captured || fraction >= limit) {
    throw new PcapError(
      describeFault({ fraction, captured, original, limit }),
      offset,
    );
  }
  return RECORD.SIZE + captured;
}

interface Fault {
  fraction: number;
  captured: number;
  original: number;
  limit: number;
}

function describeFault(fault: Fault): string {
  const { fraction, captured, original, limit } = fault;
  if (captured > MAX_SNAPLEN) {
    return `Cannot read a record: its captured length is ${captured}, above ${MAX_SNAPLEN}`;
  }
  if (original < captured) {
    return `Cannot read a record: its original length is ${original}, below its captured length of ${captured}`;
  }
  return `Cannot read a record: its fraction of a second is ${fraction}, not below ${limit}`;
}

/**
 * Reads the record at `offset`.
 *
 * @param source The bytes.
 * @param offset Where the record begins.
 * @param format Byte order and precision.
 * @default {format} Little-endian, microseconds.
 * @returns The packet, whose data borrows from `source`.
 * @throws {PcapError} When bytes are missing, or a length or the fraction is out of range; its offset is that within `source`.
 *
 * @example Reading what was written
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeRecord, encodeRecord } from "./mod.ts";
 *
 * const data = Uint8Array.of(0x45, 0);
 * const bytes = encodeRecord({ seconds: 1, nanoseconds: 5000, originalLength: 40, data });
 * const record = decodeRecord(new DataView(bytes.buffer), 0);
 * assert.equal(record.nanoseconds, 5000);
 * assert.deepEqual(record.data, data);
 * ```
 */
export function decodeRecord(
  source: DataView,
  offset: number,
  format: RecordFormat = BATCH_FORMAT,
): DecodedRecord {
  const left = source.byteLength - offset;
  if (left < RECORD.SIZE) throw truncated(RECORD.SIZE, left, offset);
  const size = checkRecord(source, offset, format);
  if (left < size) throw truncated(size, left, offset);
  const { littleEndian, precision } = format;
  const fraction = source.getUint32(offset + RECORD.FRACTION, littleEndian);
  return {
    seconds: source.getUint32(offset + RECORD.SECONDS, littleEndian),
    nanoseconds: precision === "nanoseconds" ? fraction : fraction * 1000,
    originalLength: source.getUint32(offset + RECORD.ORIGINAL, littleEndian),
    data: new Uint8Array(
      source.buffer,
      source.byteOffset + offset + RECORD.SIZE,
      size - RECORD.SIZE,
    ),
    nextOffset: offset + size,
  };
}

/**
 * Makes the error for a record of which bytes are missing.
 *
 * @param size Bytes the record has, or its header when not even that is there.
 * @param left Bytes that are there.
 * @param offset Where the record begins in the input.
 * @returns The error, to be thrown.
 */
export function truncated(
  size: number,
  left: number,
  offset: number,
): PcapError {
  const part = left < RECORD.SIZE ? "of its header" : "";
  const bytes = part === "" ? `${size} bytes` : `${RECORD.SIZE} bytes ${part}`;
  return new PcapError(
    `Cannot read a record: ${left} of the ${bytes} are there`,
    offset,
  );
}

/**
 * Checks the records of a batch: little-endian, times in microseconds, `packets` of them, ending exactly with `records`. On the way it finds the times that
 * they lie between.
 *
 * This is what a receiver does to every packet, so it is one plain loop over one `DataView`, with no object per packet.
 *
 * @param records The records, as they came from somebody who is not trusted.
 * @param packets How many there should be.
 * @param offset Where the first one begins.
 * @returns The earliest and the latest time; infinite where there is no packet.
 * @throws {PcapError} At the first record that is not right, or when there are more or fewer bytes than `packets` records take.
 *
 * @example A batch that claims one packet too many
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeRecord, validateRecords } from "./mod.ts";
 *
 * const data = Uint8Array.of(0x45, 0);
 * const records = encodeRecord({ seconds: 1, nanoseconds: 0, originalLength: 2, data });
 * validateRecords(records, 1);
 * assert.throws(() => validateRecords(records, 2), { name: "PcapError" });
 * ```
 */
export function validateRecords(
  records: Uint8Array,
  packets: number,
  offset = 0,
): TimeSpan {
  const length = records.byteLength;
  const view = new DataView(records.buffer, records.byteOffset, length);
  let first = Infinity;
  let last = -Infinity;
  let at = offset;
  for (let packet = 0; packet < packets; packet++) {
    const data = at + RECORD.SIZE;
    if (data > length) throw truncated(RECORD.SIZE, length - at, at);
    const fraction = view.getUint32(at + RECORD.FRACTION, true);
    const captured = view.getUint32(at + RECORD.CAPTURED, true);
    if (
      captured > MAX_SNAPLEN || captured > length - data ||
      view.getUint32(at + RECORD.ORIGINAL, true) < captured ||
      fraction >= MICROSECONDS_PER_SECOND
    ) {
      throw badRecord(view, at);
    }
    const time = view.getUint32(at + RECORD.SECONDS, true) *
        MICROSECONDS_PER_SECOND + fraction;
    if (time < first) first = time;
    if (time > last) last = time;
    at = data + captured;
  }
  if (at !== length) {
    throw new PcapError(
      `Cannot read the records: ${
        length - at
      } bytes are left after ${packets} packets`,
      at,
    );
  }
  return { first, last };
}

/** Finds out again, slowly, what is wrong with the record at `offset`. */
function badRecord(view: DataView, offset: number): unknown {
  try {
    decodeRecord(view, offset);
  } catch (error) {
    return error;
  }
  return new PcapError("Cannot read a record", offset);
}
