import {
  type Codec,
  CODEC_NUMBER,
  FRAME_FLAG,
  FRAME_HEADER,
  FRAME_MAGIC,
  FRAME_VERSION,
} from "./constants.ts";
import { setCount } from "./count.ts";

/** A sender's counts of packets since the start of its run, as its frames tell them. */
export interface SenderTotals {
  /** Packets handed to ZeroMQ on this lane before this frame. */
  sent: number;
  /** Packets read from the kernel and kept, all lanes together. */
  captured: number;
  /** Packets left out because they were the sender's own traffic. */
  own_dropped: number;
  /** Packets that the kernel logged and could not deliver to the sender. */
  kernel_dropped: number;
  /** Packets dropped by the sender's rate control. */
  rate_dropped: number;
  /** Packets dropped by the sender at the high-water mark. */
  queue_dropped: number;
}

/** What relays on the way did to the packets of one sender. */
export interface RelayTotals {
  /** Random number of the last relay's run; 0 when there was none. */
  relay: bigint;
  /** Packets dropped by the rate control of relays. */
  relay_rate_dropped: number;
  /** Packets dropped by relays at their high-water mark. */
  relay_queue_dropped: number;
}

/** Everything a frame says before its body. */
export interface FrameHeader {
  /** How the body is compressed. */
  codec: Codec;
  /** Whether the body has a column of nanoseconds. */
  hasNanoseconds: boolean;
  /** Whether the sender ends with this frame. */
  last: boolean;
  /** Name of the sensor, at most 64 bytes of UTF-8. */
  sensor: string;
  /** Random number of the sender's run. */
  instance: bigint;
  /** Number of the frame on its lane, from 0. */
  number: number;
  /** Which of the sender's endpoints it was sent to, from 0. */
  lane: number;
  /** Packets in the body. */
  packets: number;
  /** Bytes of their records. */
  recordsSize: number;
  /** Number of runs. */
  runs: number;
  /** Number of contexts. */
  contexts: number;
  /** Number of groups whose totals are told. */
  groups: number;
  /** Bytes of the body before compression. */
  bodySize: number;
  /** The sender's totals. */
  totals: SenderTotals;
  /** What relays on the way add. */
  relay: RelayTotals;
  /** When the frame was made, in microseconds since 1970. */
  madeAt: number;
}

const encoder = new TextEncoder();

/**
 * Tells how many bytes a header takes.
 *
 * @param sensor The sensor's name, as {@linkcode sanitizeSensorName} leaves it.
 * @returns Bytes, at most 192.
 */
export function frameHeaderSize(sensor: string): number {
  return FRAME_HEADER.SIZE + encoder.encode(sensor).byteLength;
}

/**
 * Writes the header of a frame.
 *
 * @param header What it says; the sensor's name as {@linkcode sanitizeSensorName} leaves it.
 * @param target Where to; 192 bytes are always enough.
 * @returns The number of bytes written.
 * @throws {RangeError} If `target` is too short.
 */
export function encodeFrameHeader(
  header: FrameHeader,
  target: Uint8Array,
): number {
  const view = new DataView(
    target.buffer,
    target.byteOffset,
    target.byteLength,
  );
  const name = target.subarray(FRAME_HEADER.SIZE);
  const { written } = encoder.encodeInto(header.sensor, name);
  const flags = (header.hasNanoseconds ? FRAME_FLAG.NANOSECONDS : 0) |
    (header.last ? FRAME_FLAG.LAST : 0);
  view.setUint32(FRAME_HEADER.MAGIC, FRAME_MAGIC, true);
  view.setUint8(FRAME_HEADER.VERSION, FRAME_VERSION);
  view.setUint8(FRAME_HEADER.CODEC, CODEC_NUMBER[header.codec]);
  view.setUint8(FRAME_HEADER.FLAGS, flags);
  view.setUint8(FRAME_HEADER.SENSOR_LENGTH, written);
  view.setBigUint64(FRAME_HEADER.INSTANCE, header.instance, true);
  setCount(view, FRAME_HEADER.NUMBER, header.number);
  view.setUint16(FRAME_HEADER.LANE, header.lane, true);
  view.setUint16(FRAME_HEADER.CONTEXTS, header.contexts, true);
  view.setUint32(FRAME_HEADER.PACKETS, header.packets, true);
  view.setUint32(FRAME_HEADER.RECORDS_SIZE, header.recordsSize, true);
  view.setUint32(FRAME_HEADER.RUNS, header.runs, true);
  view.setUint32(FRAME_HEADER.BODY_SIZE, header.bodySize, true);
  view.setUint16(FRAME_HEADER.GROUPS, header.groups, true);
  view.setUint16(FRAME_HEADER.RESERVED, 0, true);
  encodeTotals(header, view);
  return FRAME_HEADER.SIZE + written;
}

function encodeTotals(header: FrameHeader, view: DataView): void {
  const { totals, relay } = header;
  setCount(view, FRAME_HEADER.SENT, totals.sent);
  setCount(view, FRAME_HEADER.CAPTURED, totals.captured);
  setCount(view, FRAME_HEADER.OWN_DROPPED, totals.own_dropped);
  setCount(view, FRAME_HEADER.KERNEL_DROPPED, totals.kernel_dropped);
  setCount(view, FRAME_HEADER.RATE_DROPPED, totals.rate_dropped);
  setCount(view, FRAME_HEADER.QUEUE_DROPPED, totals.queue_dropped);
  view.setBigUint64(FRAME_HEADER.RELAY, relay.relay, true);
  setCount(view, FRAME_HEADER.RELAY_RATE_DROPPED, relay.relay_rate_dropped);
  setCount(view, FRAME_HEADER.RELAY_QUEUE_DROPPED, relay.relay_queue_dropped);
  setCount(view, FRAME_HEADER.MADE_AT, header.madeAt);
}
