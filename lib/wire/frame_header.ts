import {
  type Codec,
  CODEC_NUMBER,
  FRAME_FLAG,
  FRAME_HEADER,
  FRAME_MAGIC,
  FRAME_VERSION,
  MAX_BODY_SIZE,
} from "./constants.ts";
import { getCount, setCount } from "./count.ts";
import { FrameError } from "./frame_error.ts";
import { MIN_RUN_SIZE } from "./run_codec.ts";
import { decodeSensorName } from "./sensor_name.ts";

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

const CODECS: readonly Codec[] = ["none", "zstd", "deflate"];
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

/**
 * Tells whether a message begins like one of our frames.
 *
 * @param message The whole message.
 * @returns Whether its first four bytes are the magic number.
 */
export function hasFrameMagic(message: Uint8Array): boolean {
  return message.byteLength >= 4 && message[0] === (FRAME_MAGIC & 0xff) &&
    message[1] === (FRAME_MAGIC >>> 8 & 0xff) &&
    message[2] === (FRAME_MAGIC >>> 16 & 0xff) &&
    message[3] === FRAME_MAGIC >>> 24;
}

/** A header that was read, and where the body begins. */
export interface DecodedFrameHeader {
  /** What the header says; it is consistent in itself, not yet with the body. */
  header: FrameHeader;
  /** Bytes before the body. */
  headerSize: number;
}

/**
 * Reads the header of a frame and checks it, before any memory is taken for what it announces.
 *
 * @param message The whole message.
 * @returns The header; it borrows nothing.
 * @throws {FrameError} If the message is no frame of a version and codec that is known here, or contradicts itself.
 */
export function decodeFrameHeader(message: Uint8Array): DecodedFrameHeader {
  if (message.byteLength === 0) {
    throw new FrameError("Cannot read a frame: the message is empty", "empty");
  }
  if (!hasFrameMagic(message)) {
    throw new FrameError(
      "Cannot read a frame: the magic number is not there",
      "content",
    );
  }
  if (message.byteLength < FRAME_HEADER.SIZE) {
    throw truncated(message.byteLength, FRAME_HEADER.SIZE);
  }
  const view = new DataView(
    message.buffer,
    message.byteOffset,
    message.byteLength,
  );
  const version = view.getUint8(FRAME_HEADER.VERSION);
  if (version !== FRAME_VERSION) {
    throw new FrameError(
      `Cannot read a frame of version ${version}: this program knows version ${FRAME_VERSION}, so bring both ends up to date`,
      "version",
      { offset: FRAME_HEADER.VERSION },
    );
  }
  const number = view.getUint8(FRAME_HEADER.CODEC);
  const codec = CODECS[number];
  if (codec === undefined) {
    throw new FrameError(
      `Cannot read a frame: codec ${number} is not known`,
      "codec",
      { offset: FRAME_HEADER.CODEC },
    );
  }
  const headerSize = FRAME_HEADER.SIZE +
    view.getUint8(FRAME_HEADER.SENSOR_LENGTH);
  if (message.byteLength < headerSize) {
    throw truncated(message.byteLength, headerSize);
  }
  const header = readHeader(view, codec, message.subarray(0, headerSize));
  checkSizes(header, message.byteLength - headerSize);
  return { header, headerSize };
}

function truncated(size: number, wanted: number): FrameError {
  return new FrameError(
    `Cannot read a frame: it ends after ${size} bytes of ${wanted}`,
    "truncated",
    { offset: size },
  );
}

function readHeader(
  view: DataView,
  codec: Codec,
  bytes: Uint8Array,
): FrameHeader {
  const flags = view.getUint8(FRAME_HEADER.FLAGS);
  return {
    codec,
    hasNanoseconds: (flags & FRAME_FLAG.NANOSECONDS) !== 0,
    last: (flags & FRAME_FLAG.LAST) !== 0,
    sensor: decodeSensorName(bytes.subarray(FRAME_HEADER.SIZE)),
    instance: view.getBigUint64(FRAME_HEADER.INSTANCE, true),
    number: getCount(view, FRAME_HEADER.NUMBER),
    lane: view.getUint16(FRAME_HEADER.LANE, true),
    packets: view.getUint32(FRAME_HEADER.PACKETS, true),
    recordsSize: view.getUint32(FRAME_HEADER.RECORDS_SIZE, true),
    runs: view.getUint32(FRAME_HEADER.RUNS, true),
    contexts: view.getUint16(FRAME_HEADER.CONTEXTS, true),
    groups: view.getUint16(FRAME_HEADER.GROUPS, true),
    bodySize: view.getUint32(FRAME_HEADER.BODY_SIZE, true),
    totals: {
      sent: getCount(view, FRAME_HEADER.SENT),
      captured: getCount(view, FRAME_HEADER.CAPTURED),
      own_dropped: getCount(view, FRAME_HEADER.OWN_DROPPED),
      kernel_dropped: getCount(view, FRAME_HEADER.KERNEL_DROPPED),
      rate_dropped: getCount(view, FRAME_HEADER.RATE_DROPPED),
      queue_dropped: getCount(view, FRAME_HEADER.QUEUE_DROPPED),
    },
    relay: {
      relay: view.getBigUint64(FRAME_HEADER.RELAY, true),
      relay_rate_dropped: getCount(view, FRAME_HEADER.RELAY_RATE_DROPPED),
      relay_queue_dropped: getCount(view, FRAME_HEADER.RELAY_QUEUE_DROPPED),
    },
    madeAt: getCount(view, FRAME_HEADER.MADE_AT),
  };
}

/** Checks that the counts can be true of the body they announce. */
function checkSizes(header: FrameHeader, wireSize: number): void {
  const { bodySize, packets, recordsSize, runs } = header;
  if (bodySize > MAX_BODY_SIZE) {
    throw new FrameError(
      `Cannot read a frame: its body would take ${bodySize} bytes, the limit is ${MAX_BODY_SIZE}`,
      "size",
      { offset: FRAME_HEADER.BODY_SIZE },
    );
  }
  if (header.codec === "none" && bodySize !== wireSize) {
    throw bodySize > wireSize ? truncated(wireSize, bodySize) : new FrameError(
      `Cannot read a frame: ${wireSize - bodySize} bytes follow its body`,
      "size",
      { offset: bodySize },
    );
  }
  const fixed = recordsSize + (header.hasNanoseconds ? 2 * packets : 0) +
    runs * MIN_RUN_SIZE;
  if (
    fixed > bodySize || runs > packets || (packets > 0) !== (runs > 0) ||
    header.contexts > runs
  ) {
    throw new FrameError(
      `Cannot read a frame: ${packets} packets of ${recordsSize} bytes in ${runs} runs do not fit a body of ${bodySize}`,
      "content",
      { offset: FRAME_HEADER.PACKETS },
    );
  }
}
