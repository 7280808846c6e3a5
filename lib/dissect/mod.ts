/**
 * Reads the headers of packets, and writes them as a line that people read.
 *
 * @module
 */
export { formatIPv4, formatIPv6 } from "./address.ts";
export { IP_PROTOCOL, TCP_FLAG } from "./constants.ts";
export {
  dissect,
  type DissectedPacket,
  type IpPacket,
  type OtherPacket,
} from "./dissect.ts";
export { flowHash } from "./flow_hash.ts";
export { formatSummary } from "./format_summary.ts";
export { formatTcpFlags } from "./format_tcp.ts";
export type { Fragment, IpHeader } from "./ip_header.ts";
export type { TcpOption } from "./tcp_options.ts";
export type {
  IcmpHeader,
  TcpHeader,
  TransportHeader,
  UdpHeader,
} from "./transport.ts";
