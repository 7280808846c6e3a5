import { ETHER_TYPE } from "./constants.ts";
import { type IpHeader, readIpHeader } from "./ip_header.ts";
import { readTransport, type TransportHeader } from "./transport.ts";

/** A packet whose IP header could be read. */
export interface IpPacket {
  /** IPv4 or IPv6. */
  readonly kind: "ip";
  /** What the headers of the network layer say. */
  readonly ip: IpHeader;
  /**
   * What the header of the transport layer says; undefined when it is not there (in a later fragment, or a packet cut short) or is not that of
   * TCP, UDP, ICMP or ICMPv6.
   */
  readonly transport: TransportHeader | undefined;
  /** What the transport layer carries, as far as it is there, borrowed. */
  readonly payload: Uint8Array;
  /** Bytes it would have if nothing had been cut off, as the headers say. */
  readonly payloadLength: number;
  /** The packet that was read, borrowed. */
  readonly bytes: Uint8Array;
}

/** A packet that is not IP, or whose IP header is cut short or makes no sense. */
export interface OtherPacket {
  /** Anything else. */
  readonly kind: "other";
  /** EtherType of the packet, 0 when it is not known. */
  readonly etherType: number;
  /** The packet that was read, borrowed. */
  readonly bytes: Uint8Array;
}

/** What {@linkcode dissect} found in a packet. */
export type DissectedPacket = IpPacket | OtherPacket;

/**
 * Reads the headers of a packet. Whatever the bytes are, it reads what makes sense and never throws.
 *
 * @param bytes The packet from its network layer on.
 * @param etherType Its EtherType, 0 when it is not known: the first bytes tell then whether it is IPv4 or IPv6.
 * @returns What the headers say; borrows from `bytes`.
 *
 * @example The ports of a UDP datagram
 * ```ts
 * import assert from "node:assert/strict";
 * import { dissect } from "./mod.ts";
 *
 * const packet = dissect(Uint8Array.of(
 *   0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2,
 *   0x30, 0x39, 0, 53, 0, 8, 0, 0,
 * ));
 * assert(packet.kind === "ip" && packet.transport?.kind === "udp");
 * assert.equal(packet.ip.source, "192.0.2.1");
 * assert.equal(packet.transport.destinationPort, 53);
 * ```
 */
export function dissect(bytes: Uint8Array, etherType = 0): DissectedPacket {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ip = isIp(etherType) ? readIpHeader(view) : undefined;
  if (ip === undefined) return { kind: "other", etherType, bytes };
  const { headerLength, protocol, fragment, length } = ip;
  const transport = fragment === undefined || fragment.offset === 0
    ? readTransport(view, headerLength, protocol)
    : undefined;
  const start = headerLength + (transport?.headerLength ?? 0);
  // What lies behind the length that the header tells is padding of the link layer.
  const end = Math.min(bytes.length, length);
  return {
    kind: "ip",
    ip,
    transport,
    payload: bytes.subarray(start, Math.max(start, end)),
    payloadLength: Math.max(length - start, 0),
    bytes,
  };
}

function isIp(etherType: number): boolean {
  return etherType === 0 || etherType === ETHER_TYPE.IPV4 ||
    etherType === ETHER_TYPE.IPV6;
}
