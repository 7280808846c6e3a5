import {
  EXTENSION,
  IP_PROTOCOL,
  IPV4,
  IPV4_FRAGMENT,
  IPV6,
} from "../dissect/constants.ts";

/** So many bytes at most before the sum is folded, so that it stays a small integer. */
const BLOCK = 16_384;
const ADDRESSES_V4 = 8;
const ADDRESSES_V6 = 32;

/**
 * Folds the carries of a sum into its low sixteen bits (RFC 1071).
 *
 * @param sum The sum, 0 to 4294967295.
 * @returns 0 to 65535.
 */
export function foldSum(sum: number): number {
  const once = (sum >>> 16) + (sum & 0xffff);
  return (once >>> 16) + (once & 0xffff);
}

/**
 * Adds up bytes as big-endian words of sixteen bits, in ones' complement; an odd byte at the end counts as the high half of a word.
 *
 * @param view The bytes.
 * @param offset Where they begin.
 * @param length How many.
 * @returns The folded sum, 0 to 65535.
 */
export function sumWords(
  view: DataView,
  offset: number,
  length: number,
): number {
  let sum = 0;
  let at = offset;
  const end = offset + length;
  while (end - at >= 4) {
    const blockEnd = Math.min(at + BLOCK, end - (end - at & 3));
    for (; at < blockEnd; at += 4) {
      const word = view.getUint32(at, false);
      sum += (word >>> 16) + (word & 0xffff);
    }
    sum = foldSum(sum);
  }
  if (end - at >= 2) {
    sum += view.getUint16(at, false);
    at += 2;
  }
  if (end > at) sum += view.getUint8(at) << 8;
  return foldSum(sum);
}

/**
 * Adds up the pseudo-header that the checksums of TCP, UDP and ICMPv6 cover: addresses, length and protocol.
 *
 * @param view The bytes.
 * @param start Where the IPv4 or IPv6 header begins.
 * @param behind What lies behind the headers: its protocol and its length in bytes, added up.
 * @returns The folded sum.
 */
export function sumPseudoHeader(
  view: DataView,
  start: number,
  behind: number,
): number {
  const addresses = view.getUint8(start) >>> 4 === 4
    ? sumWords(view, start + IPV4.SOURCE, ADDRESSES_V4)
    : sumWords(view, start + IPV6.SOURCE, ADDRESSES_V6);
  return foldSum(addresses + foldSum(behind));
}

/**
 * Finds what lies behind the IP headers of a packet that is whole: neither a fragment nor cut short.
 *
 * @param view The bytes.
 * @param start Where the packet begins.
 * @param captured Its length.
 * @returns The length of the headers times 256, and the protocol behind them; -1 when the packet is not whole, or not IP.
 */
export function locateTransport(
  view: DataView,
  start: number,
  captured: number,
): number {
  if (captured < IPV4.SIZE) return -1;
  const version = view.getUint8(start) >>> 4;
  const length = ipLength(view, start, captured);
  if (length > captured) return -1;
  if (version === 6) {
    return captured < IPV6.SIZE ? -1 : locateV6(view, start, length);
  }
  if (version !== 4) return -1;
  const header = (view.getUint8(start) & 0x0f) * 4;
  const bits = view.getUint16(start + IPV4.FRAGMENT, false);
  const isPart = (bits & (IPV4_FRAGMENT.MORE | IPV4_FRAGMENT.OFFSET)) !== 0;
  if (header < IPV4.SIZE || header > length || isPart) return -1;
  return header * 256 + view.getUint8(start + IPV4.PROTOCOL);
}

/**
 * Tells the length of a packet as its header does; padding may lie behind it.
 *
 * @param view The bytes.
 * @param start Where the packet begins.
 * @param captured Its captured length, 20 at least.
 * @returns The length; the captured one where the header says 0, as in packets of more than 64 KiB.
 */
export function ipLength(
  view: DataView,
  start: number,
  captured: number,
): number {
  if (view.getUint8(start) >>> 4 === 4) {
    const total = view.getUint16(start + IPV4.LENGTH, false);
    return total === 0 ? captured : total;
  }
  const payload = view.getUint16(start + IPV6.LENGTH, false);
  return payload === 0 ? captured : IPV6.SIZE + payload;
}

function locateV6(view: DataView, start: number, length: number): number {
  let protocol = view.getUint8(start + IPV6.NEXT_HEADER);
  let header: number = IPV6.SIZE;
  while (
    protocol === IP_PROTOCOL.HOP_BY_HOP ||
    protocol === IP_PROTOCOL.DESTINATION_OPTIONS
  ) {
    if (header + EXTENSION.SIZE > length) return -1;
    const at = start + header;
    protocol = view.getUint8(at + EXTENSION.NEXT_HEADER);
    header += (view.getUint8(at + EXTENSION.LENGTH) + 1) * 8;
  }
  return header > length ? -1 : header * 256 + protocol;
}
