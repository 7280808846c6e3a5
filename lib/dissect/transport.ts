import { ICMP, IP_PROTOCOL, TCP, UDP } from "./constants.ts";
import { readTcpOptions, type TcpOption } from "./tcp_options.ts";

/** What a TCP header says. */
export interface TcpHeader {
  /** TCP. */
  readonly kind: "tcp";
  /** Port of the sender. */
  readonly sourcePort: number;
  /** Port of the receiver. */
  readonly destinationPort: number;
  /** Number of the segment's first byte, or of its SYN. */
  readonly sequence: number;
  /** Number of the byte that is expected next; of no meaning without the ACK flag. */
  readonly acknowledgement: number;
  /** The flags ({@linkcode TCP_FLAG}). */
  readonly flags: number;
  /** What the receiver may send, in units that the window scale tells. */
  readonly window: number;
  /** The urgent pointer; of no meaning without the URG flag. */
  readonly urgent: number;
  /** The options that are there. */
  readonly options: readonly TcpOption[];
  /** Bytes of the header, with options. */
  readonly headerLength: number;
}

/** What a UDP header says. */
export interface UdpHeader {
  /** UDP. */
  readonly kind: "udp";
  /** Port of the sender. */
  readonly sourcePort: number;
  /** Port of the receiver. */
  readonly destinationPort: number;
  /** Bytes of header and data, as the header says; 0 in a jumbogram. */
  readonly length: number;
  /** Bytes of the header. */
  readonly headerLength: number;
}

/** What the header of an ICMP or ICMPv6 message says. */
export interface IcmpHeader {
  /** ICMP or ICMPv6. */
  readonly kind: "icmp" | "icmp6";
  /** Type of the message. */
  readonly type: number;
  /** What the type leaves open. */
  readonly code: number;
  /** Identifier of an echo; of no meaning in other messages. */
  readonly id: number;
  /** Number of an echo; of no meaning in other messages. */
  readonly sequence: number;
  /** Bytes of the header. */
  readonly headerLength: number;
}

/** What the header of the transport layer says. */
export type TransportHeader = TcpHeader | UdpHeader | IcmpHeader;

/**
 * Reads the header of the transport layer.
 *
 * @param view The packet.
 * @param offset Where the header begins.
 * @param protocol Its protocol ({@linkcode IP_PROTOCOL}).
 * @returns What it says; undefined when it is not all there, makes no sense or is of another protocol.
 */
export function readTransport(
  view: DataView,
  offset: number,
  protocol: number,
): TransportHeader | undefined {
  switch (protocol) {
    case IP_PROTOCOL.TCP:
      return readTcp(view, offset);
    case IP_PROTOCOL.UDP:
      return readUdp(view, offset);
    case IP_PROTOCOL.ICMP:
      return readIcmp(view, offset, "icmp");
    case IP_PROTOCOL.ICMPV6:
      return readIcmp(view, offset, "icmp6");
    default:
      return undefined;
  }
}

function readTcp(view: DataView, at: number): TcpHeader | undefined {
  if (view.byteLength < at + TCP.SIZE) return undefined;
  const bits = view.getUint16(at + TCP.LENGTH_AND_FLAGS, false);
  const headerLength = (bits >>> 12) * 4;
  if (headerLength < TCP.SIZE) return undefined;
  const end = Math.min(at + headerLength, view.byteLength);
  return {
    kind: "tcp",
    sourcePort: view.getUint16(at + TCP.SOURCE_PORT, false),
    destinationPort: view.getUint16(at + TCP.DESTINATION_PORT, false),
    sequence: view.getUint32(at + TCP.SEQUENCE, false),
    acknowledgement: view.getUint32(at + TCP.ACKNOWLEDGEMENT, false),
    flags: bits & 0x0fff,
    window: view.getUint16(at + TCP.WINDOW, false),
    urgent: view.getUint16(at + TCP.URGENT, false),
    options: readTcpOptions(view, at + TCP.SIZE, end),
    headerLength,
  };
}

function readUdp(view: DataView, at: number): UdpHeader | undefined {
  if (view.byteLength < at + UDP.SIZE) return undefined;
  return {
    kind: "udp",
    sourcePort: view.getUint16(at + UDP.SOURCE_PORT, false),
    destinationPort: view.getUint16(at + UDP.DESTINATION_PORT, false),
    length: view.getUint16(at + UDP.LENGTH, false),
    headerLength: UDP.SIZE,
  };
}

function readIcmp(
  view: DataView,
  at: number,
  kind: IcmpHeader["kind"],
): IcmpHeader | undefined {
  if (view.byteLength < at + ICMP.SIZE) return undefined;
  return {
    kind,
    type: view.getUint8(at + ICMP.TYPE),
    code: view.getUint8(at + ICMP.CODE),
    id: view.getUint16(at + ICMP.ID, false),
    sequence: view.getUint16(at + ICMP.SEQUENCE, false),
    headerLength: ICMP.SIZE,
  };
}
