import { MAX_SNAPLEN } from "../pcap/constants.ts";
import { PcapError } from "../pcap/pcap_error.ts";
import type { FilePacket } from "../pcap/pcap_parser.ts";
import {
  BLOCK,
  BLOCK_TYPE,
  COMMON_OPTION,
  ENHANCED_PACKET,
  OBSOLETE_PACKET,
  PACKET_OPTION,
  SIMPLE_PACKET,
} from "./constants.ts";
import type { PcapngInterface } from "./interface_block.ts";
import { align, decodeOptions } from "./option.ts";

/** A packet as it stands in a pcapng file. */
export interface PcapngPacket extends FilePacket {
  /** The interface that it was captured on. */
  interface: PcapngInterface;
  /** Which way it went ({@linkcode DIRECTION}). */
  direction: number;
  /** Packets lost on its interface since the one before it; 0 when the file does not say. */
  dropCount: number;
  /** Its comments. */
  comments: string[];
}

/** A block of a file, and what its section says. */
export interface BlockInput {
  /** Bytes that hold the block. */
  view: DataView;
  /** Where it begins there. */
  start: number;
  /** Where it ends there. */
  end: number;
  /** Byte order of the section. */
  littleEndian: boolean;
  /** The interfaces of the section so far. */
  interfaces: readonly PcapngInterface[];
}

/** Where the parts of a packet are in its block. */
interface Layout {
  interfaceId: number;
  ticks: bigint;
  captured: number;
  original: number;
  /** Offset of the data from the block's start. */
  data: number;
  dropCount: number;
}

const DIRECTION_MASK = 3;
/** What an obsolete packet says when it does not know of drops. */
const DROPS_UNKNOWN = 0xffff;
const TEXT = new TextDecoder();

/**
 * Tells whether a type of block holds a packet.
 *
 * @param type The type.
 * @returns Whether {@linkcode decodePacketBlock} reads it.
 */
export function isPacketBlock(type: number): boolean {
  return type === BLOCK_TYPE.ENHANCED_PACKET ||
    type === BLOCK_TYPE.SIMPLE_PACKET || type === BLOCK_TYPE.OBSOLETE_PACKET;
}

/**
 * Reads a block that holds a packet, whether enhanced, simple or obsolete.
 *
 * @param input The block; both of its lengths must be right.
 * @returns The packet, whose data borrows from the block. A simple packet has no time: its is 0.
 * @throws {PcapError} When the block is too short for what it says, or its interface was not described; the offset is that in `view`.
 */
export function decodePacketBlock(input: BlockInput): PcapngPacket {
  const { view, start, littleEndian } = input;
  const layout = readLayout(input);
  const { interfaceId, captured, original } = layout;
  const from = input.interfaces[interfaceId];
  if (from === undefined) {
    throw new PcapError(
      `Cannot read a packet: its interface is ${interfaceId} of ${input.interfaces.length}`,
      start,
    );
  }
  const data = start + layout.data;
  const bodyEnd = input.end - BLOCK.TRAILER;
  if (captured > MAX_SNAPLEN || captured > bodyEnd - data) {
    throw new PcapError(
      `Cannot read a packet: its captured length is ${captured}`,
      start,
    );
  }
  const packet: PcapngPacket = {
    ...toTime(layout.ticks, from, start),
    // Some writers leave it 0, or give that of another layer.
    originalLength: Math.max(original, captured),
    data: new Uint8Array(view.buffer, view.byteOffset + data, captured),
    linkType: from.linkType,
    littleEndian,
    interface: from,
    direction: 0,
    dropCount: layout.dropCount,
    comments: [],
  };
  if (layout.data !== SIMPLE_PACKET.DATA) {
    readOptions(input, data + align(captured), packet);
  }
  return packet;
}

function readLayout(input: BlockInput): Layout {
  const { view, start, end, littleEndian } = input;
  const type = view.getUint32(start + BLOCK.TYPE, littleEndian);
  if (type === BLOCK_TYPE.SIMPLE_PACKET) return readSimpleLayout(input);
  if (end - start < ENHANCED_PACKET.DATA + BLOCK.TRAILER) {
    throw tooShort(input);
  }
  const word = (offset: number): number =>
    view.getUint32(start + offset, littleEndian);
  const common = {
    ticks: BigInt(word(ENHANCED_PACKET.TIME_HIGH)) << 32n |
      BigInt(word(ENHANCED_PACKET.TIME_LOW)),
    captured: word(ENHANCED_PACKET.CAPTURED),
    original: word(ENHANCED_PACKET.ORIGINAL),
    data: ENHANCED_PACKET.DATA,
  };
  if (type === BLOCK_TYPE.ENHANCED_PACKET) {
    const interfaceId = word(ENHANCED_PACKET.INTERFACE);
    return { ...common, interfaceId, dropCount: 0 };
  }
  const half = (offset: number): number =>
    view.getUint16(start + offset, littleEndian);
  const drops = half(OBSOLETE_PACKET.DROPS);
  return {
    ...common,
    interfaceId: half(OBSOLETE_PACKET.INTERFACE),
    dropCount: drops === DROPS_UNKNOWN ? 0 : drops,
  };
}

/** It does not say how much was captured: as much as the interface takes, and no more than there is. */
function readSimpleLayout(input: BlockInput): Layout {
  const { view, start, end, littleEndian } = input;
  const data = SIMPLE_PACKET.DATA;
  const room = end - start - data - BLOCK.TRAILER;
  if (room < 0) throw tooShort(input);
  const original = view.getUint32(start + SIMPLE_PACKET.ORIGINAL, littleEndian);
  const limit = input.interfaces[0]?.snaplen || original;
  const captured = Math.min(original, limit, room);
  return {
    interfaceId: 0,
    ticks: 0n,
    dropCount: 0,
    captured,
    original,
    data,
  };
}

function tooShort({ start, end }: BlockInput): PcapError {
  return new PcapError(
    `Cannot read a packet: its block has ${end - start} bytes`,
    start,
  );
}

const NANOSECONDS = 1_000_000_000n;
const BASE_TWO = 0x80;
const LAST_SECOND = 0xffff_ffffn;

/** Turns a count in the interface's unit into seconds and nanoseconds. */
function toTime(
  ticks: bigint,
  from: PcapngInterface,
  offset: number,
): { seconds: number; nanoseconds: number } {
  const exponent = BigInt(from.resolution & ~BASE_TWO);
  const base = (from.resolution & BASE_TWO) !== 0 ? 2n : 10n;
  const all = ticks * NANOSECONDS / base ** exponent;
  const seconds = all / NANOSECONDS + BigInt(from.timeOffset);
  if (seconds < 0n || seconds > LAST_SECOND) {
    throw new PcapError(
      `Cannot read a packet: its time is ${seconds} seconds since 1970`,
      offset,
    );
  }
  return { seconds: Number(seconds), nanoseconds: Number(all % NANOSECONDS) };
}

function readOptions(
  input: BlockInput,
  start: number,
  packet: PcapngPacket,
): void {
  const { view, littleEndian } = input;
  const end = input.end - BLOCK.TRAILER;
  const options = decodeOptions(view, { start, end, littleEndian });
  for (const { code, value } of options) {
    const inside = new DataView(value.buffer, value.byteOffset, value.length);
    if (code === COMMON_OPTION.COMMENT) {
      packet.comments.push(TEXT.decode(value));
    } else if (code === PACKET_OPTION.FLAGS && value.length === 4) {
      packet.direction = inside.getUint32(0, littleEndian) & DIRECTION_MASK;
    } else if (code === PACKET_OPTION.DROP_COUNT && value.length === 8) {
      packet.dropCount = Number(inside.getBigUint64(0, littleEndian));
    }
  }
}
