import { formatIPv4 } from "./address.ts";
import { ARP, ETHER_TYPE, IP_PROTOCOL } from "./constants.ts";
import type { DissectedPacket, IpPacket, OtherPacket } from "./dissect.ts";
import { formatIcmp, formatIcmpV6 } from "./format_icmp.ts";
import { formatTcp } from "./format_tcp.ts";

/** Names of protocols whose headers are not read. */
const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [IP_PROTOCOL.IGMP, "igmp"],
  [IP_PROTOCOL.ICMP, "icmp"],
  [IP_PROTOCOL.IPIP, "IP-in-IP"],
  [IP_PROTOCOL.TCP, "tcp"],
  [IP_PROTOCOL.UDP, "udp"],
  [IP_PROTOCOL.DCCP, "DCCP"],
  [IP_PROTOCOL.IPV6, "IPv6-in-IP"],
  [IP_PROTOCOL.GRE, "GRE"],
  [IP_PROTOCOL.ESP, "ESP"],
  [IP_PROTOCOL.AUTHENTICATION, "AH"],
  [IP_PROTOCOL.ICMPV6, "icmp6"],
  [IP_PROTOCOL.NO_NEXT_HEADER, "no next header"],
  [IP_PROTOCOL.OSPF, "OSPF"],
  [IP_PROTOCOL.PIM, "PIM"],
  [IP_PROTOCOL.VRRP, "VRRP"],
  [IP_PROTOCOL.SCTP, "SCTP"],
  [IP_PROTOCOL.UDP_LITE, "UDP-Lite"],
]);

/** What tcpdump prints for the extension headers of IPv6. */
const EXTENSION_NAMES: ReadonlyMap<number, string> = new Map([
  [IP_PROTOCOL.HOP_BY_HOP, "HBH"],
  [IP_PROTOCOL.ROUTING, "srcrt"],
  [IP_PROTOCOL.AUTHENTICATION, "AH"],
  [IP_PROTOCOL.DESTINATION_OPTIONS, "DSTOPT"],
  [IP_PROTOCOL.MOBILITY, "mobility"],
]);

/** Protocols that a packet cut short may still be named by, in tcpdump's way. */
const READABLE: ReadonlySet<number> = new Set([
  IP_PROTOCOL.TCP,
  IP_PROTOCOL.UDP,
  IP_PROTOCOL.ICMP,
  IP_PROTOCOL.ICMPV6,
]);

/**
 * Writes a packet as one line, much as `tcpdump -nS` does.
 *
 * @param packet What {@linkcode dissect} found.
 * @returns One line without control characters, such as `IP 192.0.2.1.1024 > 198.51.100.2.53: UDP, length 30`.
 *
 * @example A UDP datagram
 * ```ts
 * import assert from "node:assert/strict";
 * import { dissect, formatSummary } from "./mod.ts";
 *
 * const packet = dissect(Uint8Array.of(
 *   0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2,
 *   0x30, 0x39, 0, 53, 0, 8, 0, 0,
 * ));
 * assert.equal(formatSummary(packet), "IP 192.0.2.1.12345 > 198.51.100.2.53: UDP, length 0");
 * ```
 */
export function formatSummary(packet: DissectedPacket): string {
  return packet.kind === "ip" ? formatIp(packet) : formatOther(packet);
}

function formatIp(packet: IpPacket): string {
  const { ip, transport } = packet;
  const name = ip.version === 4 ? "IP" : "IP6";
  let { source, destination } = ip;
  if (transport?.kind === "tcp" || transport?.kind === "udp") {
    source += `.${transport.sourcePort}`;
    destination += `.${transport.destinationPort}`;
  }
  const before = formatExtensions(packet);
  return `${name} ${source} > ${destination}: ${before}${formatUpper(packet)}`;
}

function formatExtensions(packet: IpPacket): string {
  const { extensions, fragment, headerLength, length, version } = packet.ip;
  let text = "";
  for (const extension of extensions) {
    const name = EXTENSION_NAMES.get(extension);
    if (name !== undefined) text += `${name} `;
  }
  // tcpdump tells of the fragments of IPv4 only when it is asked for more.
  if (fragment === undefined || version === 4 && fragment.offset === 0) {
    return text;
  }
  return `${text}frag (${fragment.offset}|${length - headerLength}) `;
}

function formatUpper(packet: IpPacket): string {
  const { ip, transport, payloadLength } = packet;
  switch (transport?.kind) {
    case "tcp":
      return formatTcp(transport, payloadLength);
    case "udp":
      return `UDP, length ${udpLength(packet)}`;
    case "icmp":
      return formatIcmp(packet, transport, wholeLength(packet));
    case "icmp6":
      return formatIcmpV6(packet, transport, wholeLength(packet));
  }
  const name = PROTOCOL_NAMES.get(ip.protocol) ?? `ip-proto-${ip.protocol}`;
  const isLater = ip.fragment !== undefined && ip.fragment.offset > 0;
  if (isLater) return name;
  if (READABLE.has(ip.protocol)) return `[|${name}]`;
  return `${name}, length ${wholeLength(packet)}`;
}

/** Bytes behind the headers of the network layer. */
function wholeLength(packet: IpPacket): number {
  return Math.max(packet.ip.length - packet.ip.headerLength, 0);
}

/** The header tells the length of the whole datagram, also in its first fragment; 0 stands for "see the jumbogram". */
function udpLength(packet: IpPacket): number {
  const { transport, payloadLength } = packet;
  if (transport?.kind !== "udp" || transport.length < transport.headerLength) {
    return payloadLength;
  }
  return transport.length - transport.headerLength;
}

function formatOther(packet: OtherPacket): string {
  const { bytes, etherType } = packet;
  const { length } = bytes;
  if (etherType === ETHER_TYPE.ARP && length >= ARP.SIZE) {
    return formatArp(bytes);
  }
  if (etherType === ETHER_TYPE.IPV4) return `[|ip], length ${length}`;
  if (etherType === ETHER_TYPE.IPV6) return `[|ip6], length ${length}`;
  if (etherType === 0) return `unknown, length ${length}`;
  const type = etherType.toString(16).padStart(4, "0");
  return `ethertype 0x${type}, length ${length}`;
}

function formatArp(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  if (view.getUint16(ARP.PROTOCOL, false) !== ETHER_TYPE.IPV4) {
    return `ARP, length ${length}`;
  }
  const sender = formatIPv4(view, ARP.SENDER);
  const operation = view.getUint16(ARP.OPERATION, false);
  if (operation === 1) {
    const target = formatIPv4(view, ARP.TARGET);
    return `ARP, Request who-has ${target} tell ${sender}, length ${length}`;
  }
  if (operation !== 2) return `ARP, operation ${operation}, length ${length}`;
  const hardware = Array.from(
    bytes.subarray(ARP.SENDER_HARDWARE, ARP.SENDER),
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  const address = hardware.join(":");
  return `ARP, Reply ${sender} is-at ${address}, length ${length}`;
}
