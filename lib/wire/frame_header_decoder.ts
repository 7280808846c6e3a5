import {
  type Codec,
  FRAME_FLAG,
  FRAME_HEADER,
  FRAME_MAGIC,
  FRAME_VERSION,
  MAX_BODY_SIZE,
  MAX_LANES,
} from "./constants.ts";
import { getCount } from "./count.ts";
import { FrameError } from "./frame_error.ts";
import type { FrameHeader } from "./frame_header.ts";
import { MIN_RUN_SIZE } from "./run_codec.ts";
import { decodeSensorName } from "./sensor_name.ts";

const CODECS: readonly Codec[] = ["none", "zstd", "deflate"];

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

/**
 * Finds frames of a version that is not known here, without reading them.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(foreignVersion(new Uint8Array(0)), undefined);
 * ```
 *
 * @param message The message.
 * @returns The version that it says, undefined if it is this one or the message is no frame.
 */
export function foreignVersion(message: Uint8Array): number | undefined {
  if (!hasFrameMagic(message)) return undefined;
  const version = message[FRAME_HEADER.VERSION];
  return version === FRAME_VERSION ? undefined : version;
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
  checkStart(message);
  const view = new DataView(
    message.buffer,
    message.byteOffset,
    message.byteLength,
  );
  const codec = readCodec(view);
  const headerSize = FRAME_HEADER.SIZE +
    view.getUint8(FRAME_HEADER.SENSOR_LENGTH);
  if (message.byteLength < headerSize) {
    throw truncated(message.byteLength, headerSize);
  }
  const header = readHeader(view, codec, message.subarray(0, headerSize));
  checkSizes(header, message.byteLength - headerSize);
  return { header, headerSize };
}

function checkStart(message: Uint8Array): void {
  if (message.byteLength === 0) {
    throw new FrameError("Cannot read a frame: the message is empty", "empty");
  }
  if (!hasFrameMagic(message)) {
    throw new FrameError(
      "Cannot read a frame: the magic number is not there",
      "content",
    );
  }
  // Before the length: headers of another version may be shorter.
  const version = foreignVersion(message);
  if (version !== undefined) {
    throw new FrameError(
      `Cannot read a frame of version ${version}: this program knows version ${FRAME_VERSION}, so bring both ends up to date`,
      "version",
      { offset: FRAME_HEADER.VERSION },
    );
  }
  if (message.byteLength < FRAME_HEADER.SIZE) {
    throw truncated(message.byteLength, FRAME_HEADER.SIZE);
  }
}

function readCodec(view: DataView): Codec {
  const number = view.getUint8(FRAME_HEADER.CODEC);
  const codec = CODECS[number];
  if (codec === undefined) {
    throw new FrameError(
      `Cannot read a frame: codec ${number} is not known`,
      "codec",
      { offset: FRAME_HEADER.CODEC },
    );
  }
  return codec;
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
  if (header.lane >= MAX_LANES) {
    throw new FrameError(
      `Cannot read a frame: lane ${header.lane}, of ${MAX_LANES} at most`,
      "content",
      { offset: FRAME_HEADER.LANE },
    );
  }
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
