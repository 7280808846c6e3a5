// IP packets of many kinds, for filters to tell apart.
import type { PacketInput } from "../../lib/batch_builder.ts";

const bytes = (...parts: (number | readonly number[])[]): number[] =>
  parts.flat();
const word = (value: number): number[] => [value >>> 8 & 0xff, value & 0xff];
const ipv4 = (text: string): number[] => text.split(".").map(Number);

/** An IPv6 address of eight groups, `::` for one stretch of zeros. */
function ipv6(text: string): number[] {
  const [left = "", right] = text.split("::");
  const groups = (half: string): string[] => half === "" ? [] : half.split(":");
  const before = groups(left);
  const after = groups(right ?? "");
  const zeros = new Array(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after]
    .flatMap((group) => word(parseInt(group, 16)));
}

export const PROTOCOL = {
  ICMP: 1,
  TCP: 6,
  UDP: 17,
  GRE: 47,
  ESP: 50,
  ICMPV6: 58,
  SCTP: 132,
} as const;

interface Ipv4Fields {
  from?: string;
  to?: string;
  protocol?: number;
  /** Flags and fragment offset. */
  fragment?: number;
  options?: number[];
  ttl?: number;
}

export function ipv4Packet(payload: number[], fields: Ipv4Fields): number[] {
  const { from = "192.0.2.1", to = "192.0.2.7", protocol = PROTOCOL.UDP } =
    fields;
  const { fragment = 0, options = [], ttl = 64 } = fields;
  const words = 5 + options.length / 4;
  const total = words * 4 + payload.length;
  return bytes(
    [0x40 | words, 0],
    word(total),
    [0, 1],
    word(fragment),
    [ttl, protocol, 0, 0],
    ipv4(from),
    ipv4(to),
    options,
    payload,
  );
}

interface Ipv6Fields {
  from?: string;
  to?: string;
  next?: number;
}

export function ipv6Packet(payload: number[], fields: Ipv6Fields): number[] {
  const { from = "2001:db8::1", to = "2001:db8::7", next = PROTOCOL.UDP } =
    fields;
  return bytes(
    [0x60, 0, 0, 0],
    word(payload.length),
    [next, 64],
    ipv6(from),
    ipv6(to),
    payload,
  );
}

export function udp(
  from: number,
  to: number,
  payload: number[] = [],
): number[] {
  return bytes(
    word(from),
    word(to),
    word(8 + payload.length),
    [0, 0],
    payload,
  );
}

/** A TCP segment; `ports` are from and to. */
export function tcp(
  ports: readonly [number, number],
  flags: number,
  payload: number[] = [],
): number[] {
  const [from, to] = ports;
  const head = [0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 0x20, 0, 0, 0, 0, 0];
  return bytes(word(from), word(to), head, payload);
}

export function icmp(type: number, code: number): number[] {
  return [type, code, 0, 0, 0, 1, 0, 1];
}

/** Hop-by-hop options, then another header. */
function withOptions(next: number, payload: number[]): number[] {
  return bytes([next, 0, 1, 4, 0, 0, 0, 0], payload);
}

/** A fragment header, then what it is of. */
function fragment6(next: number, offset: number, payload: number[]): number[] {
  return bytes([next, 0], word(offset), [0, 0, 0, 9], payload);
}

const SYN = 2;
const ACK = 16;
const TEXT = [...new TextEncoder().encode("GET / HTTP/1.1\r\n")];
const LONG = new Array(1200).fill(0x61);

const { TCP, UDP, ICMP, ICMPV6, GRE, ESP, SCTP } = PROTOCOL;
const MORE_FRAGMENTS = 0x2000;
const v4 = (payload: number[], fields: Ipv4Fields = {}): number[] =>
  ipv4Packet(payload, fields);
const v6 = (payload: number[], fields: Ipv6Fields = {}): number[] =>
  ipv6Packet(payload, fields);

const IPV4_PACKETS = [
  v4(udp(1000, 53, TEXT)),
  v4(udp(53, 1000, TEXT), { from: "192.0.2.7", to: "192.0.2.1" }),
  v4(udp(68, 67), { from: "0.0.0.0", to: "255.255.255.255" }),
  v4(udp(5353, 5353), { to: "224.0.0.251", ttl: 1 }),
  v4(tcp([40000, 443], SYN), { protocol: TCP }),
  v4(tcp([443, 40000], SYN | ACK), { protocol: TCP, from: "192.0.2.7" }),
  v4(tcp([40000, 443], ACK, TEXT), { protocol: TCP }),
  v4(tcp([40000, 80], ACK, TEXT), { protocol: TCP, to: "198.51.100.9" }),
  v4(tcp([22, 50022], ACK, LONG), { protocol: TCP, from: "10.1.2.3" }),
  v4(tcp([1, 65535], 4), { protocol: TCP, options: [1, 1, 1, 0] }),
  v4(icmp(8, 0), { protocol: ICMP }),
  v4(icmp(0, 0), { protocol: ICMP, from: "192.0.2.7" }),
  v4(icmp(3, 4), { protocol: ICMP }),
  v4(udp(1000, 443, LONG), { fragment: MORE_FRAGMENTS }),
  v4(LONG.slice(0, 64), { fragment: MORE_FRAGMENTS | 151 }),
  v4(LONG.slice(0, 10), { fragment: 159 }),
  v4(LONG.slice(0, 8), { protocol: TCP, fragment: 185 }),
  v4([0, 0, 8, 0, ...v4(udp(7, 9))], { protocol: GRE }),
  v4([0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 9, 9], { protocol: ESP }),
  v4([...word(5000), ...word(6000), 0, 0, 0, 0, 0, 0, 0, 0], {
    protocol: SCTP,
  }),
  v4([], { protocol: 2, to: "224.0.0.1" }),
];

const IPV6_PACKETS = [
  v6(udp(1000, 53, TEXT)),
  v6(udp(546, 547), { from: "fe80::1", to: "ff02::1:2" }),
  v6(tcp([40000, 443], SYN), { next: TCP }),
  v6(tcp([443, 40000], SYN | ACK, LONG), { next: TCP, from: "2001:db8::7" }),
  v6(icmp(128, 0), { next: ICMPV6 }),
  v6(icmp(135, 0), { next: ICMPV6, to: "ff02::1:ff00:7" }),
  v6(withOptions(UDP, udp(1000, 443)), { next: 0 }),
  v6(withOptions(TCP, tcp([1, 443], SYN)), { next: 0 }),
  v6(fragment6(UDP, 1, udp(1000, 443, TEXT)), { next: 44 }),
  v6(fragment6(UDP, 8, LONG.slice(0, 40)), { next: 44 }),
  v6([], { next: 59 }),
];

/** What is no IP, cut short or empty. */
const OTHER_PACKETS = [
  [0x00, 0x01, 0x08, 0x00, 0x06, 0x04],
  v4(udp(1000, 53)).slice(0, 12),
  v4(tcp([40000, 443], SYN), { protocol: TCP }).slice(0, 22),
  v6(udp(1000, 53)).slice(0, 41),
  [],
];

/** One packet of each kind; the data of each begins at its IP header. */
export function packetsOfAllKinds(): PacketInput[] {
  const datas = [...IPV4_PACKETS, ...IPV6_PACKETS, ...OTHER_PACKETS];
  return datas.map((data, index) => ({
    seconds: 1_700_000_000 + index,
    nanoseconds: index * 1000,
    // Some were longer on the wire.
    originalLength: data.length + (index % 5 === 0 ? 700 : 0),
    data: Uint8Array.from(data),
  }));
}
