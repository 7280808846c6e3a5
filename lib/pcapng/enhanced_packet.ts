import { type PacketBatch, RUN } from "../packet.ts";
import { RECORD } from "../pcap/constants.ts";
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
  /** Their options with what ends them, little-endian, a multiple of four bytes. */
  readonly options: Uint8Array;
}

/** Bytes of the option that tells of losses, and of what ends options. */
const DROP_COUNT_SIZE = OPTION.VALUE + 8;
const END_SIZE = OPTION.VALUE;
/** Bytes that a block is larger than its record at most, without options: other headers, the trailer, padding. */
const MAX_GROWTH = ENHANCED_PACKET.DATA + BLOCK.TRAILER + 3 - RECORD.SIZE;
const WORD = 2 ** 32;
const HALF = 2 ** 16;
const SECOND = 1_000_000_000;

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
  let size = batch.records.byteLength + batch.packets * MAX_GROWTH;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    const template = templates[runs[run + RUN.CONTEXT] ?? 0];
    const options = template === undefined ? 0 : template.options.byteLength;
    size += options * (runs[run + RUN.PACKETS] ?? 0);
    size += DROP_COUNT_SIZE + END_SIZE;
  }
  return size;
}

/**
 * Writes the packets of a batch, run by run, as enhanced packet blocks: little-endian, times in nanoseconds.
 *
 * This is what a receiver does to every packet: a plain loop, with no objects but one `subarray` for each packet's data, which is cheaper than
 * copying by words from 64 bytes on.
 */
export class PacketBlockWriter {
  #records: Uint8Array;
  #source: DataView;
  #nanoseconds: Uint16Array | undefined;
  #target: Uint8Array;
  #view: DataView;
  #packet = 0;
  #from = 0;
  #to: number;
  #firstTime = 0;
  #lastTime = 0;
  // The start of the second that packets were last in, in nanoseconds since 1970, as two words: the next ones mostly share it.
  #second = -1;
  #secondHigh = 0;
  #secondLow = 0;

  /**
   * Prepares to write a batch.
   *
   * @param batch The batch; its records must be right (see `validateRecords`).
   * @param target Where to write; it need not be zero.
   * @param offset Where to begin there, followed by {@linkcode maxPacketsSize} bytes.
   */
  constructor(batch: PacketBatch, target: Uint8Array, offset: number) {
    const { records } = batch;
    this.#records = records;
    this.#source = viewOf(records);
    this.#nanoseconds = batch.nanoseconds;
    this.#target = target;
    this.#view = viewOf(target);
    this.#to = offset;
  }

  /** Where the next block begins in the target. */
  get offset(): number {
    return this.#to;
  }

  /** Time of the first packet of the last run, in microseconds since 1970. */
  get firstTime(): number {
    return this.#firstTime;
  }

  /** Time of the last packet of the last run, in microseconds since 1970. */
  get lastTime(): number {
    return this.#lastTime;
  }

  /**
   * Writes the next packets.
   *
   * @param template What they have in common.
   * @param packets How many.
   * @param lost How many were lost just before the first of them.
   */
  writeRun(template: PacketTemplate, packets: number, lost: number): void {
    const view = this.#view;
    const end = this.#packet + packets;
    this.#firstTime = readMicroseconds(this.#source, this.#from);
    let from = this.#from;
    let to = this.#to;
    let lostBefore = lost;
    for (let packet = this.#packet; packet < end; packet++) {
      this.#from = from;
      const captured = this.#writeHeader(template.interfaceId, from, to);
      this.#writeTime(packet, from, to);
      const data = from + RECORD.SIZE;
      from = data + captured;
      let at = to + ENHANCED_PACKET.DATA;
      if (captured > 0) {
        const padded = at + (captured + 3 & ~3);
        view.setUint32(padded - 4, 0, true);
        this.#target.set(this.#records.subarray(data, from), at);
        at = padded;
      }
      at = this.#writeOptions(template.options, at, lostBefore);
      lostBefore = 0;
      const size = at + BLOCK.TRAILER - to;
      view.setUint32(to + BLOCK.LENGTH, size, true);
      view.setUint32(at, size, true);
      to += size;
    }
    this.#lastTime = readMicroseconds(this.#source, this.#from);
    this.#packet = end;
    this.#from = from;
    this.#to = to;
  }

  /** Writes the words before the data, but for time and length, and returns the length of the data. */
  #writeHeader(interfaceId: number, from: number, to: number): number {
    const source = this.#source;
    const view = this.#view;
    const captured = source.getUint32(from + RECORD.CAPTURED, true);
    const original = source.getUint32(from + RECORD.ORIGINAL, true);
    view.setUint32(to + BLOCK.TYPE, BLOCK_TYPE.ENHANCED_PACKET, true);
    view.setUint32(to + ENHANCED_PACKET.INTERFACE, interfaceId, true);
    view.setUint32(to + ENHANCED_PACKET.CAPTURED, captured, true);
    view.setUint32(to + ENHANCED_PACKET.ORIGINAL, original, true);
    return captured;
  }

  /** Writes the options, and returns the offset after them. */
  #writeOptions(options: Uint8Array, offset: number, lost: number): number {
    let at = offset;
    if (lost > 0) {
      at = writeDropCount(this.#view, at, lost);
      if (options.length === 0) at = writeEnd(this.#view, at);
    }
    if (options.length === 0) return at;
    this.#target.set(options, at);
    return at + options.length;
  }

  #writeTime(packet: number, from: number, to: number): void {
    const source = this.#source;
    const seconds = source.getUint32(from + RECORD.SECONDS, true);
    if (seconds !== this.#second) this.#beginSecond(seconds);
    let low = this.#secondLow +
      source.getUint32(from + RECORD.FRACTION, true) * 1000;
    const nanoseconds = this.#nanoseconds;
    if (nanoseconds !== undefined) low += nanoseconds[packet] ?? 0;
    let high = this.#secondHigh;
    if (low >= WORD) {
      low -= WORD;
      high++;
    }
    this.#view.setUint32(to + ENHANCED_PACKET.TIME_HIGH, high, true);
    this.#view.setUint32(to + ENHANCED_PACKET.TIME_LOW, low, true);
  }

  /** Multiplies by a thousand millions, in halves since the product goes beyond 2^53. */
  #beginSecond(seconds: number): void {
    const upper = (seconds >>> 16) * SECOND;
    const lower = (seconds & 0xffff) * SECOND + upper % HALF * HALF;
    this.#second = seconds;
    this.#secondHigh = Math.floor(upper / HALF) + Math.floor(lower / WORD);
    this.#secondLow = lower % WORD;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readMicroseconds(source: DataView, record: number): number {
  return source.getUint32(record + RECORD.SECONDS, true) * 1_000_000 +
    source.getUint32(record + RECORD.FRACTION, true);
}

function writeDropCount(view: DataView, at: number, lost: number): number {
  view.setUint16(at + OPTION.CODE, PACKET_OPTION.DROP_COUNT, true);
  view.setUint16(at + OPTION.LENGTH, 8, true);
  view.setUint32(at + OPTION.VALUE, lost, true);
  view.setUint32(at + OPTION.VALUE + 4, 0, true);
  return at + DROP_COUNT_SIZE;
}

function writeEnd(view: DataView, at: number): number {
  view.setUint32(at, 0, true);
  return at + END_SIZE;
}
