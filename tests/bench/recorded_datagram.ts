// A datagram as the kernel hands it over: the head of a recorded message, repeated with other numbers and times.

/**
 * The first 132 bytes of a message that Linux 6.18 sent for a UDP packet on loopback with the rule `log prefix "bench" group 5` and sequence numbers
 * on: netlink and nfgenmsg headers, PACKET_HDR, PREFIX, IFINDEX_INDEV, HWADDR, HWTYPE, HWLEN, HWHEADER, TIMESTAMP, SEQ, and the head of PAYLOAD.
 */
const HEAD = Uint8Array.fromHex(
  "e80000000004000000000000000000000200000508000100080000000a000a00" +
    "62656e6368000000080004000000000110000800000600000000000000000000" +
    "06000f000304000006001100000e000012001000000000000000000000000000" +
    "0800000014000300000000006b010d3d000000000000a96208000c0000000000" +
    "68000900",
);
const MICROSECONDS = 116;
const SEQUENCE = 124;
const PAYLOAD = 128;
/** What the kernel fills before it sends, where nlbufsiz is 130752. */
const DATAGRAM_SIZE = 130_752;

/** A datagram full of messages. */
export interface RecordedDatagram {
  /** The datagram. */
  bytes: Uint8Array<ArrayBuffer>;
  /** How many packets it has. */
  packets: number;
  /** Bytes from one message to the next. */
  stride: number;
  /** Bytes from the start of a message to its payload. */
  payloadOffset: number;
}

/**
 * Makes a datagram of packets of one size.
 *
 * @param size Size of each IP packet in bytes.
 * @returns The datagram; its sequence numbers begin at 0.
 */
export function recordedDatagram(size: number): RecordedDatagram {
  const stride = HEAD.length + size + 3 & ~3;
  const packets = Math.floor(DATAGRAM_SIZE / stride);
  const bytes = new Uint8Array(packets * stride);
  const view = new DataView(bytes.buffer);
  for (let packet = 0; packet < packets; packet++) {
    const at = packet * stride;
    bytes.set(HEAD, at);
    view.setUint32(at, HEAD.length + size, true);
    view.setUint32(at + MICROSECONDS, packet);
    view.setUint32(at + SEQUENCE, packet);
    view.setUint16(at + PAYLOAD, size + 4, true);
    const payload = bytes.subarray(
      at + HEAD.length,
      at + HEAD.length + size,
    );
    payload.forEach((_, index) => payload[index] = index * 7);
    payload[0] = 0x45;
    view.setUint16(at + HEAD.length + 2, size);
  }
  return { bytes, packets, stride, payloadOffset: HEAD.length };
}
