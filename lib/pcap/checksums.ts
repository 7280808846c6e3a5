import { ICMP, IP_PROTOCOL, TCP, UDP } from "../dissect/constants.ts";
import { RECORD } from "./constants.ts";
import {
  foldSum,
  ipLength,
  locateTransport,
  sumPseudoHeader,
  sumWords,
} from "./internet_checksum.ts";

/** What {@linkcode checkTransport} says of a checksum. */
export type ChecksumState = "none" | "partial" | "right" | "wrong";

/** Offset of the checksum by protocol, and bytes of the smallest header; -1 for a protocol whose checksum is not known here. */
function checksumOffset(protocol: number): number {
  switch (protocol) {
    case IP_PROTOCOL.TCP:
      return TCP.CHECKSUM;
    case IP_PROTOCOL.UDP:
      return UDP.CHECKSUM;
    case IP_PROTOCOL.ICMPV6:
      return ICMP.CHECKSUM;
    default:
      return -1;
  }
}

/**
 * Completes the checksums that a host left to its network card: of TCP, UDP and ICMPv6 over IPv4 and IPv6.
 *
 * The kernel leaves the sum of the pseudo-header there (CHECKSUM_PARTIAL), and packets that are logged before they leave, or that never
 * leave the host, show it. Only those are completed: a checksum that is wrong in any other way stays as it was. So do those of fragments
 * and of packets that were cut short, which can not be computed.
 *
 * @param records Records of a batch, changed in place; they must be right (see `validateRecords`).
 * @returns How many checksums were completed.
 *
 * @example A datagram whose checksum is that of the pseudo-header
 * ```ts
 * import assert from "node:assert/strict";
 * import { completeChecksums, encodeRecord } from "./mod.ts";
 *
 * const data = Uint8Array.of(
 *   0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2,
 *   0x30, 0x39, 0, 53, 0, 10, 0xec, 0x52, 0x61, 0x62,
 * );
 * const record = encodeRecord({ seconds: 1, nanoseconds: 0, originalLength: 30, data });
 * assert.equal(completeChecksums(record), 1);
 * assert.deepEqual([...record.subarray(42, 44)], [0x81, 0xd2]);
 * assert.equal(completeChecksums(record), 0);
 * ```
 */
export function completeChecksums(records: Uint8Array): number {
  const { byteLength } = records;
  const view = new DataView(records.buffer, records.byteOffset, byteLength);
  let completed = 0;
  let at = 0;
  while (at < byteLength) {
    const captured = view.getUint32(at + RECORD.CAPTURED, true);
    const start = at + RECORD.SIZE;
    if (completeOne(view, start, captured)) completed++;
    at = start + captured;
  }
  return completed;
}

function completeOne(view: DataView, start: number, captured: number): boolean {
  const located = locateTransport(view, start, captured);
  if (located < 0) return false;
  const protocol = located & 0xff;
  const header = located >>> 8;
  const field = checksumOffset(protocol);
  const length = ipLength(view, start, captured) - header;
  if (field < 0 || length < field + 2) return false;
  const pseudo = sumPseudoHeader(view, start, protocol + length);
  const at = start + header + field;
  if (view.getUint16(at, false) !== pseudo) return false;
  const sum = sumWords(view, start + header, length);
  view.setUint16(at, finish(sum, protocol), false);
  return true;
}

/** A sum of zero would say "no checksum" in UDP, whose other zero stands for it. */
function finish(sum: number, protocol: number): number {
  const checksum = ~sum & 0xffff;
  return checksum === 0 && protocol === IP_PROTOCOL.UDP ? 0xffff : checksum;
}

/**
 * Tells how it stands with the checksum of a packet's transport layer.
 *
 * @param view The bytes.
 * @param start Where the packet begins.
 * @param captured Its length.
 * @returns `partial` when it is the sum of the pseudo-header; `none` when there is none, or none that can be checked.
 */
export function checkTransport(
  view: DataView,
  start: number,
  captured: number,
): ChecksumState {
  const located = locateTransport(view, start, captured);
  if (located < 0) return "none";
  const protocol = located & 0xff;
  const header = located >>> 8;
  const field = checksumOffset(protocol);
  const length = ipLength(view, start, captured) - header;
  if (field < 0 || length < field + 2) return "none";
  const pseudo = sumPseudoHeader(view, start, protocol + length);
  const value = view.getUint16(start + header + field, false);
  if (value === pseudo) return "partial";
  if (value === 0 && protocol === IP_PROTOCOL.UDP) return "none";
  const sum = sumWords(view, start + header, length);
  return foldSum(sum + pseudo) === 0xffff ? "right" : "wrong";
}
