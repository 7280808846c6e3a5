import { plainContext } from "../batch_builder.ts";
import type { PacketContext } from "../packet.ts";
import { MAX_SNAPLEN, RECORD } from "../pcap/constants.ts";
import { FrameError } from "./frame_error.ts";
import { LEGACY } from "./legacy_constants.ts";

const MICROSECONDS_PER_SECOND = 1_000_000;

/** What is known of a packet of the original: whether it is IPv4, IPv6 or something else. Its group was never told. */
const CONTEXT = {
  ipv4: plainContext(0, "clock", { family: 2, protocol: 0x0800 }),
  ipv6: plainContext(0, "clock", { family: 10, protocol: 0x86dd }),
  other: plainContext(0, "clock"),
} as const;

/** Rounds up to a multiple of four, as XDR pads. */
function padded(count: number): number {
  return (count + 3) & ~3;
}

/**
 * Tells how many bytes the structure of a packet takes.
 *
 * @param count Bytes of the packet, 0 to 262144.
 * @returns Bytes with head and padding.
 */
export function legacySize(count: number): number {
  return LEGACY.SIZE + padded(count);
}

/**
 * Tells why the bytes at an offset can not be the structure of a packet.
 *
 * @param view The bytes; the head of 16 must be there.
 * @param offset Where the structure begins.
 * @param size How many bytes it is said to take.
 * @returns What is wrong, or undefined; padding is not looked at.
 */
export function legacyFault(
  view: DataView,
  offset: number,
  size: number,
): string | undefined {
  const micros = view.getUint32(offset + LEGACY.MICROSECONDS, false);
  const count = view.getUint32(offset + LEGACY.COUNT, false);
  if (micros >= MICROSECONDS_PER_SECOND) return `it has ${micros} microseconds`;
  if (count > MAX_SNAPLEN) return `it has ${count} bytes`;
  if (legacySize(count) !== size) {
    return `${count} bytes of a packet do not make a structure of ${size}`;
  }
  return undefined;
}

/** Whether the bytes that pad a packet to a multiple of four are zero, as XDR asks for. */
function isPaddingZero(view: DataView, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (view.getUint8(at) !== 0) return false;
  }
  return true;
}

/** The bytes of a packet, borrowed. */
function packetBytes(
  view: DataView,
  offset: number,
  count: number,
): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + offset, count);
}

/**
 * Turns the structure of a packet into a record of a classic pcap file.
 *
 * @param source Where the structure is, all of it; {@linkcode legacyFault} found nothing wrong with it.
 * @param offset Where it begins.
 * @param target Where the record goes. It may be the same memory, when the record does not begin behind the structure.
 * @returns The offset after the record.
 * @throws {FrameError} If the padding is not zero.
 */
export function recordFromLegacy(
  source: DataView,
  offset: number,
  target: { view: DataView; offset: number },
): number {
  const seconds = source.getUint32(offset + LEGACY.SECONDS, false);
  const micros = source.getUint32(offset + LEGACY.MICROSECONDS, false);
  const length = source.getUint32(offset + LEGACY.LENGTH, false);
  const count = source.getUint32(offset + LEGACY.COUNT, false);
  const start = offset + LEGACY.SIZE;
  if (!isPaddingZero(source, start + count, start + padded(count))) {
    throw new FrameError(
      `Cannot read the original's packet: the bytes that pad its ${count} are not zero`,
      "content",
      { offset: start + count },
    );
  }
  const { view, offset: at } = target;
  view.setUint32(at + RECORD.SECONDS, seconds, true);
  view.setUint32(at + RECORD.FRACTION, micros, true);
  view.setUint32(at + RECORD.CAPTURED, count, true);
  view.setUint32(at + RECORD.ORIGINAL, Math.max(length, count), true);
  packetBytes(view, at + RECORD.SIZE, count)
    .set(packetBytes(source, start, count));
  return at + RECORD.SIZE + count;
}

/**
 * Turns a record of a batch into the structure of a packet.
 *
 * @param source The records.
 * @param offset Where this one begins.
 * @param target Where the structure goes; {@linkcode legacySize} bytes are needed.
 * @returns The offset after the structure.
 */
export function legacyFromRecord(
  source: DataView,
  offset: number,
  target: { view: DataView; offset: number },
): number {
  const { view, offset: at } = target;
  const count = source.getUint32(offset + RECORD.CAPTURED, true);
  const original = source.getUint32(offset + RECORD.ORIGINAL, true);
  const micros = source.getUint32(offset + RECORD.FRACTION, true);
  view.setUint32(
    at + LEGACY.SECONDS,
    source.getUint32(offset + RECORD.SECONDS, true),
    false,
  );
  view.setUint32(at + LEGACY.MICROSECONDS, micros, false);
  view.setUint32(at + LEGACY.LENGTH, original, false);
  view.setUint32(at + LEGACY.COUNT, count, false);
  packetBytes(view, at + LEGACY.SIZE, count)
    .set(packetBytes(source, offset + RECORD.SIZE, count));
  const end = at + legacySize(count);
  for (let pad = at + LEGACY.SIZE + count; pad < end; pad++) {
    view.setUint8(pad, 0);
  }
  return end;
}

/**
 * Tells what is known of a packet of the original.
 *
 * @param view Where the packet's record is.
 * @param offset Where the record begins.
 * @returns Its context: one of three, by its IP version.
 */
export function legacyContext(view: DataView, offset: number): PacketContext {
  if (view.getUint32(offset + RECORD.CAPTURED, true) === 0) {
    return CONTEXT.other;
  }
  switch (view.getUint8(offset + RECORD.SIZE) >>> 4) {
    case 4:
      return CONTEXT.ipv4;
    case 6:
      return CONTEXT.ipv6;
    default:
      return CONTEXT.other;
  }
}
