import {
  COPY_SPARE,
  copyBytes,
  copyEights,
  type CopyTarget,
} from "../bytes/copy_bytes.ts";
import { openCopyWay } from "../bytes/grow_in_place.ts";
import { type PacketBatch, RUN } from "../packet.ts";
import { RECORD } from "../pcap/constants.ts";
import { recordTime } from "../pcap/time_span.ts";
import {
  BLOCK,
  BLOCK_TYPE,
  ENHANCED_PACKET,
  OPTION,
  PACKET_OPTION,
} from "./constants.ts";

/** What the blocks of all packets of one context have in common. */
export interface PacketTemplate {
  /** Number of their interface. */
  readonly interfaceId: number;
  /** Their options with what ends them, little-endian, and zeros up to a multiple of eight bytes. */
  readonly options: DataView;
  /** Bytes of the options: a multiple of four, 0 when there is nothing to say. */
  readonly optionsSize: number;
}

/** Bytes of the option that tells of losses, and of what ends options. */
const DROP_COUNT_SIZE = OPTION.VALUE + 8;
const END_SIZE = OPTION.VALUE;
/** Bytes that a block is larger than its record at most, without options: other headers, the trailer, padding. */
const MAX_GROWTH = ENHANCED_PACKET.DATA + BLOCK.TRAILER + 3 - RECORD.SIZE;
const WORD = 2 ** 32;
const HALF = 2 ** 16;
const SECOND = 1_000_000_000;

// In the loop over packets these are a quarter cheaper than properties of objects (docs/performance.md).
const { SECONDS, FRACTION } = RECORD;
const RECORD_CAPTURED = RECORD.CAPTURED;
const RECORD_ORIGINAL = RECORD.ORIGINAL;
const RECORD_SIZE = RECORD.SIZE;
const { TYPE, LENGTH, TRAILER } = BLOCK;
const { INTERFACE, TIME_HIGH, TIME_LOW, CAPTURED, ORIGINAL, DATA } =
  ENHANCED_PACKET;
const PACKET_TYPE = BLOCK_TYPE.ENHANCED_PACKET;

/**
 * Tells how much room the blocks of a batch take at most.
 *
 * @param batch The batch.
 * @param templates What the packets of each of its contexts have in common.
 * @returns Bytes.
 */
export function maxPacketsSize(
  batch: PacketBatch,
  templates: readonly PacketTemplate[],
): number {
  const { runs } = batch;
  let size = COPY_SPARE + batch.records.byteLength + batch.packets * MAX_GROWTH;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    const { optionsSize = 0 } = templates[runs[run + RUN.CONTEXT] ?? 0] ?? {};
    size += optionsSize * (runs[run + RUN.PACKETS] ?? 0);
    size += DROP_COUNT_SIZE + END_SIZE;
  }
  return size;
}

/** How far the packets of a batch are written. */
interface Progress {
  readonly source: DataView;
  readonly nanoseconds: Uint16Array | undefined;
  readonly target: CopyTarget;
  /** Number of the next packet. */
  packet: number;
  /** Where its record begins. */
  from: number;
  /** Where its block begins. */
  to: number;
  /** Time of the first packet of the last run, in microseconds since 1970. */
  firstTime: number;
  /** Time of the last packet of the last run, in microseconds since 1970. */
  lastTime: number;
  /** The second that packets were last in, which the next ones mostly share. */
  second: number;
  /** Its start in nanoseconds since 1970, as two words. */
  secondHigh: number;
  secondLow: number;
}

/** Writes the packets of a batch, run by run, as enhanced packet blocks: little-endian, times in nanoseconds. */
export class PacketBlockWriter {
  readonly #progress: Progress;

  /**
   * Prepares to write a batch.
   *
   * @param batch The batch; its records must be right (see `validateRecords`).
   * @param target Where to write; it need not be zero. It may be where the records are: see `roomInPlace`.
   * @param offset Where to begin there, followed by {@linkcode maxPacketsSize} bytes.
   */
  constructor(batch: PacketBatch, target: Uint8Array, offset: number) {
    this.#progress = {
      ...openCopyWay(batch.records, target),
      nanoseconds: batch.nanoseconds,
      packet: 0,
      to: offset,
      firstTime: 0,
      lastTime: 0,
      second: -1,
      secondHigh: 0,
      secondLow: 0,
    };
  }

  /** Where the next block begins in the target. */
  get offset(): number {
    return this.#progress.to;
  }

  /** Time of the first packet of the last run, in microseconds since 1970. */
  get firstTime(): number {
    return this.#progress.firstTime;
  }

  /** Time of the last packet of the last run, in microseconds since 1970. */
  get lastTime(): number {
    return this.#progress.lastTime;
  }

  /**
   * Writes the next packets.
   *
   * @param template What they have in common.
   * @param packets How many.
   * @param lost How many were lost just before the first of them.
   */
  writeRun(template: PacketTemplate, packets: number, lost: number): void {
    writeBlocks(this.#progress, template, { packets, lost });
  }
}

/**
 * Writes blocks: what a receiver does to every packet. Plain functions without private fields, without objects for short packets, and copies of
 * eight bytes a time: together a third to a half of the time that a method with two calls of `set` took for packets of 40 to 100 bytes
 * (docs/performance.md).
 */
function writeBlocks(
  progress: Progress,
  template: PacketTemplate,
  { packets, lost }: { packets: number; lost: number },
): void {
  const { source, target } = progress;
  const { view } = target;
  const { interfaceId, options, optionsSize } = template;
  const end = progress.packet + packets;
  let { from, to } = progress;
  let last = from;
  let lostBefore = lost;
  progress.firstTime = recordTime(source, from);
  for (let packet = progress.packet; packet < end; packet++) {
    last = from;
    const captured = source.getUint32(from + RECORD_CAPTURED, true);
    const original = source.getUint32(from + RECORD_ORIGINAL, true);
    writeTypeAndTime(progress, packet, from, to);
    view.setUint32(to + INTERFACE, interfaceId, true);
    view.setUint32(to + CAPTURED, captured, true);
    view.setUint32(to + ORIGINAL, original, true);
    copyBytes(source, from + RECORD_SIZE, target, to + DATA, captured);
    // What this writes beyond the padding is written over.
    view.setUint32(to + DATA + captured, 0, true);
    from += RECORD_SIZE + captured;
    let at = to + DATA + (captured + 3 & ~3);
    if (lostBefore > 0) {
      at = writeDropCount(view, at, { lost, isLast: optionsSize === 0 });
      lostBefore = 0;
    }
    copyEights(options, 0, view, at, optionsSize);
    const size = at + optionsSize + TRAILER - to;
    view.setUint32(to + LENGTH, size, true);
    to += size;
    view.setUint32(to - TRAILER, size, true);
  }
  progress.lastTime = recordTime(source, last);
  progress.packet = end;
  progress.from = from;
  progress.to = to;
}

function writeTypeAndTime(
  progress: Progress,
  packet: number,
  from: number,
  to: number,
): void {
  const { source, target: { view }, nanoseconds } = progress;
  const seconds = source.getUint32(from + SECONDS, true);
  if (seconds !== progress.second) beginSecond(progress, seconds);
  let low = progress.secondLow + source.getUint32(from + FRACTION, true) * 1000;
  if (nanoseconds !== undefined) low += nanoseconds[packet] ?? 0;
  let high = progress.secondHigh;
  if (low >= WORD) {
    low -= WORD;
    high++;
  }
  view.setUint32(to + TYPE, PACKET_TYPE, true);
  view.setUint32(to + TIME_HIGH, high, true);
  view.setUint32(to + TIME_LOW, low, true);
}

/** Multiplies by a thousand millions, in halves since the product goes beyond 2^53. */
function beginSecond(progress: Progress, seconds: number): void {
  const upper = (seconds >>> 16) * SECOND;
  const lower = (seconds & 0xffff) * SECOND + upper % HALF * HALF;
  progress.second = seconds;
  progress.secondHigh = Math.floor(upper / HALF) + Math.floor(lower / WORD);
  progress.secondLow = lower % WORD;
}

/** Writes the option that tells of losses, with what ends options where it is the last one, and returns the offset after it. */
function writeDropCount(
  view: DataView,
  at: number,
  { lost, isLast }: { lost: number; isLast: boolean },
): number {
  view.setUint16(at + OPTION.CODE, PACKET_OPTION.DROP_COUNT, true);
  view.setUint16(at + OPTION.LENGTH, 8, true);
  view.setUint32(at + OPTION.VALUE, lost, true);
  view.setUint32(at + OPTION.VALUE + 4, 0, true);
  if (!isLast) return at + DROP_COUNT_SIZE;
  view.setUint32(at + DROP_COUNT_SIZE, 0, true);
  return at + DROP_COUNT_SIZE + END_SIZE;
}
