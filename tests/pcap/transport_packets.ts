// IPv4 and IPv6 packets with transport headers, whose checksums are made the slow and plain way.
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import type { PacketBatch } from "../../lib/packet.ts";

/** What a packet is made of. */
export interface TransportPacket {
  version: 4 | 6;
  protocol: "tcp" | "udp" | "icmp6";
  /** Bytes that the transport carries. */
  payload: Uint8Array;
  /** The checksum: as it should be, only the pseudo-header's sum, or a wrong one. @default {"right"} */
  checksum?: "right" | "partial" | "wrong";
  /** TCP flags. @default {0x18} PSH and ACK. */
  flags?: number;
  /** Extension header of IPv6 before the transport. @default {"none"} */
  extension?: "none" | "hop-by-hop";
}

const NUMBERS = { tcp: 6, udp: 17, icmp6: 58 } as const;
const FIELDS = { tcp: 16, udp: 6, icmp6: 2 } as const;

/** RFC 1071, word by word. */
export function plainSum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) {
      sum += (part[at] ?? 0) * 256 + (part[at + 1] ?? 0);
      if (sum > 0xffff) sum -= 0xffff;
    }
  }
  return sum;
}

function makeTransport(packet: TransportPacket): Uint8Array {
  const { protocol, payload, flags = 0x18 } = packet;
  const size = { tcp: 32, udp: 8, icmp6: 8 }[protocol];
  const bytes = new Uint8Array(size + payload.length);
  const view = new DataView(bytes.buffer);
  if (protocol === "icmp6") {
    bytes[0] = 128;
  } else {
    view.setUint16(0, 40000);
    view.setUint16(2, 443);
  }
  if (protocol === "tcp") {
    view.setUint32(4, 0xfffffc00);
    view.setUint32(8, 77);
    bytes[12] = 0x80;
    bytes[13] = flags;
    view.setUint16(14, 501);
    bytes.set([1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8], 20);
  }
  if (protocol === "udp") view.setUint16(4, bytes.length);
  bytes.set(payload, size);
  return bytes;
}

/** Makes a packet. */
export function transportPacket(packet: TransportPacket): Uint8Array {
  const { version, protocol, checksum = "right", extension = "none" } = packet;
  const transport = makeTransport(packet);
  const extra = extension === "hop-by-hop" ? 8 : 0;
  const header = (version === 4 ? 20 : 40) + extra;
  const bytes = new Uint8Array(header + transport.length);
  const view = new DataView(bytes.buffer);
  if (version === 4) {
    bytes.set([0x45, 0, 0, 0, 0x12, 0xfe, 0x40, 0, 64, NUMBERS[protocol]]);
    view.setUint16(2, bytes.length);
    bytes.set([192, 0, 2, 1, 198, 51, 100, 2], 12);
    view.setUint16(10, 0xffff - plainSum(bytes.subarray(0, 20)));
  } else {
    bytes.set([0x60, 0, 0, 0, 0, 0, extra > 0 ? 0 : NUMBERS[protocol], 64]);
    view.setUint16(4, bytes.length - 40);
    bytes.set([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 8);
    bytes.set([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2], 24);
    if (extra > 0) bytes.set([NUMBERS[protocol], 0, 5, 2, 0, 0, 1, 0], 40);
  }
  const addresses = version === 4
    ? bytes.subarray(12, 20)
    : bytes.subarray(8, 40);
  const tail = new Uint8Array(8);
  new DataView(tail.buffer).setUint32(0, transport.length);
  tail[7] = NUMBERS[protocol];
  const pseudo = plainSum(addresses, tail);
  const sum = plainSum(addresses, tail, transport);
  const right = 0xffff - sum;
  const value = {
    right: right === 0 && protocol === "udp" ? 0xffff : right,
    partial: pseudo,
    wrong: right ^ 0x1234,
  }[checksum];
  bytes.set(transport, header);
  view.setUint16(header + FIELDS[protocol], value);
  return bytes;
}

/** Puts packets into a batch, one after the other. */
export function batchOf(packets: readonly Uint8Array[]): PacketBatch {
  const size = packets.reduce((sum, { length }) => sum + 16 + length, 0);
  const builder = new BatchBuilder(new Uint8Array(size));
  const context = plainContext(5, "kernel");
  for (const [index, data] of packets.entries()) {
    builder.add({
      seconds: 1_700_000_000 + index,
      nanoseconds: 1000 * index + index % 1000,
      originalLength: data.length,
      data,
    }, context);
  }
  return builder.build();
}

/** Bytes that are not all alike. */
export function somePayload(size: number, seed = 1): Uint8Array {
  return Uint8Array.from(
    { length: size },
    (_, at) => (at * 7 + seed * 13) & 255,
  );
}
