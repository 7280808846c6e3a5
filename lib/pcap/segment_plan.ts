import {
  EXTENSION,
  IP_PROTOCOL,
  IPV4,
  IPV6,
  TCP,
  TCP_FLAG,
} from "../dissect/constants.ts";
import { checkTransport } from "./checksums.ts";
import {
  foldSum,
  ipLength,
  locateTransport,
  sumPseudoHeader,
  sumWords,
} from "./internet_checksum.ts";

/** How a TCP segment that is too large is cut. */
export interface SegmentPlan {
  /** Where the packet begins. */
  readonly start: number;
  /** Bytes of its IP headers. */
  readonly ipHeader: number;
  /** Bytes of them to leave out: the hop-by-hop header that tells the length of a jumbogram. */
  readonly leftOut: number;
  /** Bytes of its TCP header. */
  readonly tcpHeader: number;
  /** Bytes of its data. */
  readonly payload: number;
  /** Bytes of data in every part but the last. */
  readonly partSize: number;
  /** Number of parts, 2 or more. */
  readonly parts: number;
}

/** Where a packet is. */
export interface PacketRange {
  /** Where it begins. */
  readonly start: number;
  /** Its captured length. */
  readonly captured: number;
}

/** Bytes of the jumbo payload option with its header (RFC 2675), and where in it and what its type is. */
const JUMBO = { SIZE: 8, TYPE_OFFSET: 2, TYPE: 0xc2 } as const;
/** Segments of connections that begin or break are never that large, and an urgent pointer can not be cut. */
const UNCUT = TCP_FLAG.SYN | TCP_FLAG.RST | TCP_FLAG.URG;
/** Flags that belong to the last part only, and to the first only. */
const LAST_ONLY = TCP_FLAG.FIN | TCP_FLAG.PSH;
const FIRST_ONLY = TCP_FLAG.CWR;

/**
 * Says how to cut a packet into parts as its network card would have, or the sender's before the receiver's put them together.
 *
 * @param view The bytes.
 * @param packet Where the packet is; all of it must have been captured.
 * @param mtu Bytes of a packet that is not too large.
 * @returns The plan; undefined for a packet that stays as it is: not too large, not TCP, a fragment, or with a wrong checksum.
 */
export function planSegments(
  view: DataView,
  packet: PacketRange,
  mtu: number,
): SegmentPlan | undefined {
  const { start, captured } = packet;
  const located = locateTransport(view, start, captured);
  if (located < 0 || (located & 0xff) !== IP_PROTOCOL.TCP) return undefined;
  const ipHeader = located >>> 8;
  const length = ipLength(view, start, captured);
  if (length <= mtu || length < ipHeader + TCP.SIZE) return undefined;
  const at = start + ipHeader;
  const bits = view.getUint16(at + TCP.LENGTH_AND_FLAGS, false);
  const tcpHeader = (bits >>> 12) * 4;
  const leftOut = jumboSize(view, start, ipHeader);
  const partSize = mtu - (ipHeader - leftOut) - tcpHeader;
  const payload = length - ipHeader - tcpHeader;
  if (
    tcpHeader < TCP.SIZE || (bits & UNCUT) !== 0 || partSize < 1 ||
    payload <= partSize
  ) {
    return undefined;
  }
  const state = checkTransport(view, start, captured);
  if (state === "wrong") return undefined;
  const parts = Math.ceil(payload / partSize);
  return { start, ipHeader, leftOut, tcpHeader, payload, partSize, parts };
}

function jumboSize(view: DataView, start: number, ipHeader: number): number {
  const isJumbo = view.getUint8(start) >>> 4 === 6 &&
    view.getUint8(start + IPV6.NEXT_HEADER) === IP_PROTOCOL.HOP_BY_HOP &&
    ipHeader >= IPV6.SIZE + JUMBO.SIZE &&
    view.getUint8(start + IPV6.SIZE + EXTENSION.LENGTH) === 0 &&
    view.getUint8(start + IPV6.SIZE + JUMBO.TYPE_OFFSET) === JUMBO.TYPE;
  return isJumbo ? JUMBO.SIZE : 0;
}

/**
 * Tells the length of one part, headers and data.
 *
 * @param plan The plan.
 * @param part Its number, from 0.
 * @returns Bytes.
 */
export function partLength(plan: SegmentPlan, part: number): number {
  const { ipHeader, leftOut, tcpHeader, payload, partSize } = plan;
  const data = Math.min(partSize, payload - part * partSize);
  return ipHeader - leftOut + tcpHeader + data;
}

/** Where a part is to be written. */
export interface PartTarget {
  /** The packet that is cut. */
  readonly source: Uint8Array;
  /** The buffer to write into. */
  readonly target: Uint8Array;
  /** A view of it. */
  readonly view: DataView;
  /** Where to write in the buffer. */
  at: number;
}

/**
 * Writes one part with lengths, numbers, flags and both checksums of its own.
 *
 * @param plan The plan.
 * @param part Number of the part, from 0.
 * @param to Source and target.
 */
export function writePart(
  plan: SegmentPlan,
  part: number,
  to: PartTarget,
): void {
  const { start, ipHeader, leftOut, tcpHeader, partSize } = plan;
  const { source, target, view, at } = to;
  const length = partLength(plan, part);
  const tcp = at + ipHeader - leftOut;
  copyHeaders(plan, to);
  const dataStart = start + ipHeader + tcpHeader + part * partSize;
  const dataLength = length - (tcp - at) - tcpHeader;
  const data = source.subarray(dataStart, dataStart + dataLength);
  target.set(data, tcp + tcpHeader);
  writeIp(view, at, length, part);
  writeTcp(plan, part, view, tcp);
  const tcpLength = length - (tcp - at);
  view.setUint16(tcp + TCP.CHECKSUM, 0, false);
  const pseudo = sumPseudoHeader(view, at, IP_PROTOCOL.TCP + tcpLength);
  const sum = foldSum(sumWords(view, tcp, tcpLength) + pseudo);
  view.setUint16(tcp + TCP.CHECKSUM, ~sum & 0xffff, false);
}

function copyHeaders(plan: SegmentPlan, to: PartTarget): void {
  const { start, ipHeader, leftOut, tcpHeader } = plan;
  const { source, target, view, at } = to;
  const end = start + ipHeader + tcpHeader;
  if (leftOut === 0) {
    target.set(source.subarray(start, end), at);
    return;
  }
  const first = start + IPV6.SIZE;
  target.set(source.subarray(start, first), at);
  target.set(source.subarray(first + leftOut, end), at + IPV6.SIZE);
  const next = source[first + EXTENSION.NEXT_HEADER] ?? 0;
  view.setUint8(at + IPV6.NEXT_HEADER, next);
}

function writeIp(
  view: DataView,
  at: number,
  length: number,
  part: number,
): void {
  if (view.getUint8(at) >>> 4 === 6) {
    view.setUint16(at + IPV6.LENGTH, length - IPV6.SIZE, false);
    return;
  }
  const id = view.getUint16(at + IPV4.ID, false);
  view.setUint16(at + IPV4.LENGTH, length, false);
  view.setUint16(at + IPV4.ID, id + part & 0xffff, false);
  view.setUint16(at + IPV4.CHECKSUM, 0, false);
  const header = (view.getUint8(at) & 0x0f) * 4;
  const sum = sumWords(view, at, header);
  view.setUint16(at + IPV4.CHECKSUM, ~sum & 0xffff, false);
}

function writeTcp(
  plan: SegmentPlan,
  part: number,
  view: DataView,
  tcp: number,
): void {
  const sequence = view.getUint32(tcp + TCP.SEQUENCE, false);
  const moved = sequence + part * plan.partSize >>> 0;
  view.setUint32(tcp + TCP.SEQUENCE, moved, false);
  let flags = view.getUint8(tcp + TCP.FLAGS);
  if (part > 0) flags &= ~FIRST_ONLY;
  if (part < plan.parts - 1) flags &= ~LAST_ONLY;
  view.setUint8(tcp + TCP.FLAGS, flags);
}
