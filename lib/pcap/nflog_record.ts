import {
  COPY_SPARE,
  copyBytes,
  copyEights,
  type CopyTarget,
} from "../bytes/copy_bytes.ts";
import { openCopyWay, roomInPlace } from "../bytes/grow_in_place.ts";
import { type PacketBatch, RUN } from "../packet.ts";
import { NFLOG_TLV, NFLOG_TYPE, RECORD } from "./constants.ts";
import type { Precision } from "./file_header.ts";
import { type NflogTemplate, templateOf } from "./nflog_template.ts";

// In the loop over packets these are cheaper than properties of objects (docs/performance.md).
const { SECONDS, FRACTION } = RECORD;
const RECORD_CAPTURED = RECORD.CAPTURED;
const RECORD_ORIGINAL = RECORD.ORIGINAL;
const RECORD_SIZE = RECORD.SIZE;
const TLV_LENGTH = NFLOG_TLV.LENGTH;
const TLV_TYPE = NFLOG_TLV.TYPE;
const TLV_SIZE = NFLOG_TLV.SIZE;
const PAYLOAD_TYPE = NFLOG_TYPE.PAYLOAD;

/** How to write records of link type NFLOG. */
export interface NflogEncodeOptions {
  /**
   * Unit of the fraction of a second.
   *
   * @default {"microseconds"}
   */
  precision?: Precision;
  /**
   * Gives memory of the asked size at least; it need not be zero. One that gives the same memory again makes a result valid only until the
   * next one.
   *
   * @default {(size) => new Uint8Array(size)}
   */
  allocate?: (size: number) => Uint8Array;
  /**
   * Bytes before the batch's records, in the same memory, that may be written over, and the records too: where that suffices, no memory is asked for.
   *
   * @default {-1} Neither may be.
   */
  room?: number;
}

/** Largest packet that an attribute's length of 16 bits can tell; the kernel logs no more either. */
const MAX_PAYLOAD = 0xffff - NFLOG_TLV.SIZE;
/** What the attribute adds to a packet: its header and padding. */
const MAX_GROWTH = NFLOG_TLV.SIZE + 3;

/**
 * Writes the packets of a batch as the records of a classic pcap file of link type NFLOG: with the attributes of the kernel.
 *
 * An interface is an index there, which says something on the host that logged the packet only: those that are known by name are left out,
 * those called "if3" and the like keep their number. A packet of more than 65531 bytes is cut, and keeps its original length.
 *
 * @param batch The batch; its records must be right (see `validateRecords`). It is copied, unless there is room.
 * @param options How to write.
 * @returns Little-endian records: where they were if there is room for them, else in memory of `allocate`, newly made unless that says otherwise.
 *
 * @example A packet of group 5
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder, plainContext } from "../batch_builder.ts";
 * import { encodeNflogRecords } from "./mod.ts";
 *
 * const builder = new BatchBuilder(new Uint8Array(1000));
 * const data = Uint8Array.of(0x45, 0, 0, 0);
 * const packet = { seconds: 1, nanoseconds: 0, originalLength: 4, data };
 * builder.add(packet, plainContext(5, "clock"));
 * const records = encodeNflogRecords(builder.build());
 * assert.deepEqual([...records.subarray(16)], [0, 0, 0, 5, 8, 0, 9, 0, 0x45, 0, 0, 0]);
 * ```
 */
export function encodeNflogRecords(
  batch: PacketBatch,
  options: NflogEncodeOptions = {},
): Uint8Array {
  const { precision = "microseconds", room = -1, allocate = make } = options;
  const used = batch.contexts.map(templateOf);
  const size = maxSize(batch, used);
  const target = roomInPlace(batch.records, room, size) ?? allocate(size);
  const progress: Progress = {
    ...openCopyWay(batch.records, target),
    nanoseconds: batch.nanoseconds,
    isNano: precision === "nanoseconds",
    packet: 0,
    to: 0,
  };
  const { runs } = batch;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    const template = used[runs[run + RUN.CONTEXT] ?? 0];
    if (template === undefined) {
      throw new RangeError(
        `Cannot write a batch: a run's context is ${runs[run + RUN.CONTEXT]}`,
      );
    }
    writeRun(progress, template, runs[run + RUN.PACKETS] ?? 0);
  }
  return target.subarray(0, progress.to);
}

function make(size: number): Uint8Array {
  return new Uint8Array(size);
}

function maxSize(batch: PacketBatch, used: readonly NflogTemplate[]): number {
  const { runs } = batch;
  let size = COPY_SPARE + batch.records.byteLength +
    batch.packets * MAX_GROWTH;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    const template = used[runs[run + RUN.CONTEXT] ?? 0];
    size += (template?.size ?? 0) * (runs[run + RUN.PACKETS] ?? 0);
  }
  return size;
}

/** How far the packets of a batch are written. */
interface Progress {
  readonly source: DataView;
  readonly nanoseconds: Uint16Array | undefined;
  readonly target: CopyTarget;
  readonly isNano: boolean;
  /** Number of the next packet. */
  packet: number;
  /** Where its record begins. */
  from: number;
  /** Where it goes. */
  to: number;
}

/** Writes the next packets: plain functions without an object for short ones, as for pcapng (docs/performance.md). */
function writeRun(
  progress: Progress,
  template: NflogTemplate,
  packets: number,
): void {
  const { source, target } = progress;
  const { view } = target;
  const { size: start } = template;
  const end = progress.packet + packets;
  let { from, to } = progress;
  for (let packet = progress.packet; packet < end; packet++) {
    const captured = source.getUint32(from + RECORD_CAPTURED, true);
    const original = source.getUint32(from + RECORD_ORIGINAL, true);
    const length = Math.min(captured, MAX_PAYLOAD);
    const body = to + RECORD_SIZE;
    writeTemplate(progress, template, packet, from, to);
    let at = body + start;
    // None for nothing, as the kernel does.
    if (length > 0) {
      view.setUint16(at + TLV_LENGTH, TLV_SIZE + length, true);
      view.setUint16(at + TLV_TYPE, PAYLOAD_TYPE, true);
      at += TLV_SIZE;
      copyBytes(source, from + RECORD_SIZE, target, at, length);
      // What this writes beyond the padding is written over.
      view.setUint32(at + length, 0, true);
      at += length + 3 & ~3;
    }
    const size = at - body;
    view.setUint32(to + RECORD_CAPTURED, size, true);
    view.setUint32(to + RECORD_ORIGINAL, size + original - length, true);
    from += RECORD_SIZE + captured;
    to = at;
  }
  progress.packet = end;
  progress.from = from;
  progress.to = to;
}

/** Writes the times of a packet, and what it shares with its neighbours. */
function writeTemplate(
  progress: Progress,
  { bytes, size, time }: NflogTemplate,
  packet: number,
  from: number,
  to: number,
): void {
  const { source, target: { view }, nanoseconds, isNano } = progress;
  // Read first, since the template may go where they were.
  const seconds = source.getUint32(from + SECONDS, true);
  const microseconds = source.getUint32(from + FRACTION, true);
  copyEights(bytes, 0, view, to + RECORD_SIZE, size);
  const rest = nanoseconds === undefined ? 0 : nanoseconds[packet] ?? 0;
  const fraction = isNano ? microseconds * 1000 + rest : microseconds;
  view.setUint32(to + SECONDS, seconds, true);
  view.setUint32(to + FRACTION, fraction, true);
  if (time < 0) return;
  // Two numbers of 64 bits, whose high halves the template has as zero.
  const at = to + RECORD_SIZE + time;
  view.setUint32(at + 4, seconds, false);
  view.setUint32(at + 12, microseconds, false);
}
