import { plainContext } from "../batch_builder.ts";
import type { PacketContext } from "../packet.ts";
import { NFLOG_HEADER, NFLOG_TLV, NFLOG_TYPE } from "./constants.ts";
import { PcapError } from "./pcap_error.ts";

/** What a packet of link type NFLOG says. */
export interface NflogRecord {
  /** What the firewall knew about it, newly made; an interface of which only the index is told is called "if" and that number. */
  context: PacketContext;
  /** The packet itself, borrowed; empty when there is none. */
  payload: Uint8Array;
  /** Bytes of the packet before the record, or the packet in it, was cut short. */
  payloadLength: number;
  /** When the kernel saw it, or undefined when the kernel did not say. */
  time: { seconds: number; nanoseconds: number } | undefined;
}

/** How to read a packet of link type NFLOG. */
export interface NflogDecodeOptions {
  /** Byte order of the file. */
  littleEndian: boolean;
  /**
   * Bytes that the file's writer cut off the end of the record.
   *
   * @default {0}
   */
  missing?: number;
}

const TEXT = new TextDecoder();
const MICROSECONDS_PER_SECOND = 1_000_000;

/** A context while it is being put together. */
type Draft = { -readonly [Key in keyof PacketContext]: PacketContext[Key] };

/**
 * Reads a packet of link type NFLOG.
 *
 * @param data The packet as it stands in the file.
 * @param options Byte order, and how much was cut off.
 * @returns What it says; the payload borrows from `data`.
 * @throws {PcapError} When it is too short, of another version than 0, or an attribute's length is wrong; the offset is that in `data`.
 *
 * @example A packet of group 5
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeNflogRecord } from "./mod.ts";
 *
 * const data = Uint8Array.of(2, 0, 0, 5, 6, 0, 9, 0, 0x45, 0x00, 0, 0);
 * const { context, payload } = decodeNflogRecord(data, { littleEndian: true });
 * assert.equal(context.group, 5);
 * assert.deepEqual([...payload], [0x45, 0x00]);
 * ```
 */
export function decodeNflogRecord(
  data: Uint8Array,
  options: NflogDecodeOptions,
): NflogRecord {
  const { littleEndian, missing = 0 } = options;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const context: Draft = readHeader(view);
  const record = makeRecord(context, data);
  let at: number = NFLOG_HEADER.SIZE;
  while (at < data.length) {
    const left = data.length - at;
    if (left < NFLOG_TLV.SIZE) {
      if (missing > 0) break;
      throw badAttribute(left, at);
    }
    const length = view.getUint16(at + NFLOG_TLV.LENGTH, littleEndian);
    const type = view.getUint16(at + NFLOG_TLV.TYPE, littleEndian);
    if (length < NFLOG_TLV.SIZE || length > left + missing) {
      throw badAttribute(length, at);
    }
    const start = at + NFLOG_TLV.SIZE;
    const end = Math.min(at + length, data.length);
    if (type === NFLOG_TYPE.PAYLOAD) {
      record.payload = data.subarray(start, end);
      record.payloadLength = length - NFLOG_TLV.SIZE;
    } else if (type === NFLOG_TYPE.TIMESTAMP) {
      record.time = readTime(view, start, end);
    } else {
      readAttribute(context, type, data.subarray(start, end));
    }
    at += align(length);
  }
  // What is missing beyond the last attribute is more of the packet, which its attribute does not count.
  record.payloadLength += Math.max(data.length + missing - at, 0);
  if (record.time !== undefined) context.timeSource = "kernel";
  return record;
}

function makeRecord(context: PacketContext, data: Uint8Array): NflogRecord {
  const payload = data.subarray(0, 0);
  return { context, payload, payloadLength: 0, time: undefined };
}

function readHeader(view: DataView): PacketContext {
  if (view.byteLength < NFLOG_HEADER.SIZE) {
    throw new PcapError(
      `Cannot read an NFLOG packet: it has ${view.byteLength} bytes`,
      0,
    );
  }
  const version = view.getUint8(NFLOG_HEADER.VERSION);
  if (version !== 0) {
    throw new PcapError(
      `Cannot read an NFLOG packet: it is version ${version}, not 0`,
      NFLOG_HEADER.VERSION,
    );
  }
  const group = view.getUint16(NFLOG_HEADER.GROUP, false);
  return plainContext(group, "file", {
    family: view.getUint8(NFLOG_HEADER.FAMILY),
  });
}

function badAttribute(length: number, offset: number): PcapError {
  return new PcapError(
    `Cannot read an NFLOG packet: an attribute's length is ${length}`,
    offset,
  );
}

/** NLA_ALIGN: attributes begin at multiples of four. */
function align(length: number): number {
  return length + 3 & ~3;
}

function readTime(
  view: DataView,
  start: number,
  end: number,
): NflogRecord["time"] {
  if (end - start < 16) return undefined;
  const beyond = view.getUint32(start, false) |
    view.getUint32(start + 8, false);
  const seconds = view.getUint32(start + 4, false);
  const microseconds = view.getUint32(start + 12, false);
  if (beyond !== 0 || microseconds >= MICROSECONDS_PER_SECOND) return undefined;
  return { seconds, nanoseconds: microseconds * 1000 };
}

function readAttribute(
  context: Draft,
  type: number,
  value: Uint8Array,
): void {
  switch (type) {
    case NFLOG_TYPE.PACKET_HEADER:
      if (value.length < 3) return;
      context.protocol = (value[0] ?? 0) << 8 | (value[1] ?? 0);
      context.hook = value[2] ?? 255;
      return;
    case NFLOG_TYPE.MARK:
      context.mark = read32(value);
      return;
    case NFLOG_TYPE.UID:
      context.uid = read32(value);
      return;
    case NFLOG_TYPE.GID:
      context.gid = read32(value);
      return;
    case NFLOG_TYPE.INPUT_INTERFACE:
      context.inputInterface = nameInterface(value);
      return;
    case NFLOG_TYPE.OUTPUT_INTERFACE:
      context.outputInterface = nameInterface(value);
      return;
    case NFLOG_TYPE.PHYSICAL_INPUT_INTERFACE:
      context.physicalInputInterface = nameInterface(value);
      return;
    case NFLOG_TYPE.PHYSICAL_OUTPUT_INTERFACE:
      context.physicalOutputInterface = nameInterface(value);
      return;
    case NFLOG_TYPE.PREFIX:
      context.prefix = readText(value);
  }
}

function read32(value: Uint8Array): number | undefined {
  if (value.length < 4) return undefined;
  return new DataView(value.buffer, value.byteOffset).getUint32(0, false);
}

/**
 * Names an interface by its index, for want of its name: the index is that of the host which wrote the file. `ip link` writes "if2" for an
 * interface of another namespace, and this is the same case.
 */
function nameInterface(value: Uint8Array): string {
  const index = read32(value) ?? 0;
  return index === 0 ? "" : `if${index}`;
}

function readText(value: Uint8Array): string {
  const end = value.indexOf(0);
  return TEXT.decode(end < 0 ? value : value.subarray(0, end));
}
