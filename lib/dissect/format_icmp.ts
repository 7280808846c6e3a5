import { formatIPv6 } from "./address.ts";
import { ICMP_TYPE, ICMPV6_TYPE, IP_PROTOCOL } from "./constants.ts";
import { dissect, type IpPacket } from "./dissect.ts";
import type { IcmpHeader } from "./transport.ts";

/** tcpdump's names of the types of ICMP that say all by themselves. */
const ICMP_NAMES: ReadonlyMap<number, string> = new Map([
  [4, "source quench"],
  [5, "redirect"],
  [9, "router advertisement"],
  [10, "router solicitation"],
  [11, "time exceeded in-transit"],
  [12, "parameter problem"],
  [13, "time stamp request"],
  [14, "time stamp reply"],
]);

const ICMPV6_NAMES: ReadonlyMap<number, string> = new Map([
  [2, "packet too big"],
  [3, "time exceeded in-transit"],
  [4, "parameter problem"],
  [130, "multicast listener query"],
  [131, "multicast listener report"],
  [132, "multicast listener done"],
  [133, "router solicitation"],
  [134, "router advertisement"],
  [137, "redirect"],
  [143, "multicast listener report v2"],
]);

/** The code of an ICMP message that says that a router may not forward a packet whole; the next-hop MTU is in its last two bytes. */
const NEED_TO_FRAGMENT = 4;

/**
 * Writes what an ICMP message says as tcpdump does.
 *
 * @param packet The packet.
 * @param header The header of the message in it.
 * @param length Bytes of the message.
 * @returns Such as `ICMP echo request, id 1, seq 2, length 64`.
 */
export function formatIcmp(
  packet: IpPacket,
  header: IcmpHeader,
  length: number,
): string {
  const { type, code } = header;
  const what = formatIcmpType(packet, header) ??
    `type ${type}, code ${code}`;
  return `ICMP ${what}, length ${length}`;
}

function formatIcmpType(
  packet: IpPacket,
  header: IcmpHeader,
): string | undefined {
  const { type, code, id, sequence } = header;
  if (type === ICMP_TYPE.ECHO_REQUEST || type === ICMP_TYPE.ECHO_REPLY) {
    const name = type === ICMP_TYPE.ECHO_REQUEST ? "request" : "reply";
    return `echo ${name}, id ${id}, seq ${sequence}`;
  }
  if (type !== ICMP_TYPE.UNREACHABLE) return ICMP_NAMES.get(type);
  const inner = dissect(packet.payload);
  if (inner.kind !== "ip") return "unreachable";
  if (code === NEED_TO_FRAGMENT) {
    const mtu = sequence === 0 ? "" : ` (mtu ${sequence})`;
    return `${inner.ip.destination} unreachable - need to frag${mtu}`;
  }
  return `${formatTarget(inner, code)} unreachable`;
}

/** What could not be reached: a port, a protocol, a host or a network. */
function formatTarget(inner: IpPacket, code: number): string {
  const { ip: { destination, protocol }, transport } = inner;
  if (code === 3 && transport !== undefined && "sourcePort" in transport) {
    return `${destination} ${transport.kind} port ${transport.destinationPort}`;
  }
  if (code === 2) return `${destination} protocol ${protocol}`;
  return code === 0 ? `net ${destination}` : `host ${destination}`;
}

/**
 * Writes what an ICMPv6 message says as tcpdump does.
 *
 * @param packet The packet.
 * @param header The header of the message in it.
 * @param length Bytes of the message.
 * @returns Such as `ICMP6, echo request, id 1, seq 2, length 64`.
 */
export function formatIcmpV6(
  packet: IpPacket,
  header: IcmpHeader,
  length: number,
): string {
  const { type, code, id, sequence } = header;
  let what = ICMPV6_NAMES.get(type) ?? `type ${type}, code ${code}`;
  if (type === ICMPV6_TYPE.ECHO_REQUEST || type === ICMPV6_TYPE.ECHO_REPLY) {
    const name = type === ICMPV6_TYPE.ECHO_REQUEST ? "request" : "reply";
    what = `echo ${name}, id ${id}, seq ${sequence}`;
  } else if (type === ICMPV6_TYPE.NEIGHBOR_SOLICITATION) {
    what = `neighbor solicitation, who has ${formatNeighbor(packet)}`;
  } else if (type === ICMPV6_TYPE.NEIGHBOR_ADVERTISEMENT) {
    what = `neighbor advertisement, tgt is ${formatNeighbor(packet)}`;
  } else if (type === ICMPV6_TYPE.UNREACHABLE) {
    what = formatUnreachableV6(packet, code);
  }
  return `ICMP6, ${what}, length ${length}`;
}

function formatNeighbor(packet: IpPacket): string {
  const { payload } = packet;
  if (payload.length < 16) return "[|icmp6]";
  const view = new DataView(payload.buffer, payload.byteOffset);
  return formatIPv6(view, 0);
}

function formatUnreachableV6(packet: IpPacket, code: number): string {
  const inner = dissect(packet.payload);
  if (inner.kind !== "ip") return "destination unreachable";
  const { ip: { destination, protocol }, transport } = inner;
  if (code === 4 && transport !== undefined && "sourcePort" in transport) {
    const name = protocol === IP_PROTOCOL.TCP ? "tcp" : "udp";
    return `destination unreachable, unreachable port, ${destination} ${name} port ${transport.destinationPort}`;
  }
  return `destination unreachable, code ${code}, ${destination}`;
}
