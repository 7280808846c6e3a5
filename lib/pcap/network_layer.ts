import { ETHER_TYPE, LINK_TYPE } from "./constants.ts";

/** Where a packet's network layer begins, and what it is. */
export interface NetworkLayer {
  /** Bytes before it, at most the packet's length. */
  offset: number;
  /** EtherType of the packet, such as 0x0800; 0 when it is not known. */
  protocol: number;
}

/** Offset of the EtherType and length of the header, in bytes. */
const ETHERNET = { TYPE: 12, SIZE: 14 } as const;
const LINUX_SLL = { TYPE: 14, SIZE: 16 } as const;
const LINUX_SLL2 = { TYPE: 0, SIZE: 20 } as const;
/** What a VLAN tag adds: two bytes of tag and the EtherType of what follows. */
const TAG = { TYPE: 2, SIZE: 4 } as const;
/** A smaller number in an Ethernet header is the length of an 802.3 frame. */
const FIRST_ETHER_TYPE = 0x600;

/** Link types whose network layer can be found. */
const KNOWN: ReadonlySet<number> = new Set([
  LINK_TYPE.ETHERNET,
  LINK_TYPE.DLT_RAW,
  LINK_TYPE.RAW,
  LINK_TYPE.LINUX_SLL,
  LINK_TYPE.IPV4,
  LINK_TYPE.IPV6,
  LINK_TYPE.LINUX_SLL2,
]);

/**
 * Tells whether {@linkcode findNetworkLayer} can read packets of a link type.
 *
 * @param linkType What the packets begin with (LINKTYPE_*).
 * @returns Whether it can.
 */
export function hasNetworkLayer(linkType: number): boolean {
  return KNOWN.has(linkType);
}

/**
 * Finds the network layer of a packet: behind the Ethernet or "cooked" header and its VLAN tags, where there are any.
 *
 * A packet that ends within its link-layer header has an empty network layer of unknown protocol.
 *
 * @param data The packet.
 * @param linkType What it begins with, one for which {@linkcode hasNetworkLayer} is true.
 * @returns Where the network layer begins, and its EtherType.
 *
 * @example A tagged frame
 * ```ts
 * import assert from "node:assert/strict";
 * import { findNetworkLayer, LINK_TYPE } from "./mod.ts";
 *
 * const frame = new Uint8Array(60);
 * frame.set([0x81, 0x00, 0x00, 0x05, 0x08, 0x00, 0x45], 12);
 * const layer = findNetworkLayer(frame, LINK_TYPE.ETHERNET);
 * assert.deepEqual(layer, { offset: 18, protocol: 0x0800 });
 * ```
 */
export function findNetworkLayer(
  data: Uint8Array,
  linkType: number,
): NetworkLayer {
  switch (linkType) {
    case LINK_TYPE.ETHERNET:
      return behindHeader(data, ETHERNET);
    case LINK_TYPE.LINUX_SLL:
      return behindHeader(data, LINUX_SLL);
    case LINK_TYPE.LINUX_SLL2:
      return behindHeader(data, LINUX_SLL2);
    case LINK_TYPE.IPV4:
      return { offset: 0, protocol: ETHER_TYPE.IPV4 };
    case LINK_TYPE.IPV6:
      return { offset: 0, protocol: ETHER_TYPE.IPV6 };
    default:
      return { offset: 0, protocol: protocolByVersion(data) };
  }
}

interface LinkHeader {
  readonly TYPE: number;
  readonly SIZE: number;
}

function behindHeader(data: Uint8Array, header: LinkHeader): NetworkLayer {
  let offset: number = header.SIZE;
  if (data.length < offset) return { offset: data.length, protocol: 0 };
  let protocol = read16(data, header.TYPE);
  while (isTag(protocol)) {
    if (data.length < offset + TAG.SIZE) {
      return { offset: data.length, protocol: 0 };
    }
    protocol = read16(data, offset + TAG.TYPE);
    offset += TAG.SIZE;
  }
  if (protocol < FIRST_ETHER_TYPE) protocol = ETHER_TYPE.LLC;
  return { offset, protocol };
}

function isTag(protocol: number): boolean {
  return protocol === ETHER_TYPE.VLAN || protocol === ETHER_TYPE.QINQ ||
    protocol === ETHER_TYPE.OLD_QINQ;
}

/** Tells IPv4 and IPv6 apart by their first four bits, which tell nothing of a packet that is neither. */
function protocolByVersion(data: Uint8Array): number {
  const version = (data[0] ?? 0) >>> 4;
  if (version === 4) return ETHER_TYPE.IPV4;
  return version === 6 ? ETHER_TYPE.IPV6 : 0;
}

function read16(data: Uint8Array, offset: number): number {
  return (data[offset] ?? 0) << 8 | (data[offset + 1] ?? 0);
}

/** Where an IP header keeps its length, in bytes. */
const IPV4_TOTAL_LENGTH = 2;
const IPV6_PAYLOAD_LENGTH = 4;
const IPV4_HEADER_SIZE = 20;
const IPV6_HEADER_SIZE = 40;

/**
 * Tells the length of a packet that the firewall's rule or the reader may have cut: NFLOG does not say it, only the IP header does.
 *
 * @param data The packet from its network layer on.
 * @param protocol Its EtherType.
 * @returns The length in bytes, never below that of `data`; just that of `data` where the header gives none, as in a jumbogram.
 */
export function lengthOnWire(data: Uint8Array, protocol: number): number {
  let length = 0;
  if (protocolByVersion(data) !== protocol) return data.length;
  if (protocol === ETHER_TYPE.IPV4 && data.length >= IPV4_HEADER_SIZE) {
    length = read16(data, IPV4_TOTAL_LENGTH);
  } else if (protocol === ETHER_TYPE.IPV6 && data.length >= IPV6_HEADER_SIZE) {
    const payload = read16(data, IPV6_PAYLOAD_LENGTH);
    length = payload === 0 ? 0 : IPV6_HEADER_SIZE + payload;
  }
  return Math.max(length, data.length);
}
