import type { BatchBuilder } from "../batch_builder.ts";
import { type PacketBatch, RUN } from "../packet.ts";
import type { TimeSpan } from "../pcap/time_span.ts";
import { decompressBody } from "./compression.ts";
import type { ContextReader } from "./context_codec.ts";
import {
  decodeBody,
  encodeTrailer,
  maximumTrailerSize,
  type TotalsByGroup,
} from "./frame_body.ts";
import {
  encodeFrameHeader,
  type FrameHeader,
  frameHeaderSize,
} from "./frame_header.ts";
import { decodeFrameHeader } from "./frame_header_decoder.ts";

/** What a header says beyond what follows from the packets. */
export type FrameDetails = Pick<
  FrameHeader,
  | "sensor"
  | "instance"
  | "number"
  | "lane"
  | "totals"
  | "relay"
  | "madeAt"
  | "last"
>;

const NO_GROUPS: TotalsByGroup = new Map();

/** A frame being made: the header as it will be, once the size of the body is known. */
function headerOf(
  batch: PacketBatch,
  details: FrameDetails,
  { groups, bodySize }: { groups: TotalsByGroup; bodySize: number },
): FrameHeader {
  return {
    ...details,
    codec: "none",
    hasNanoseconds: batch.nanoseconds !== undefined,
    packets: batch.packets,
    recordsSize: batch.records.byteLength,
    runs: batch.runs.length / RUN.WORDS,
    contexts: batch.contexts.length,
    groups: groups.size,
    bodySize,
  };
}

/**
 * Makes an uncompressed frame of a batch.
 *
 * @param batch The packets; they are copied.
 * @param details What the header says beside.
 * @param groups Totals of groups to tell with them.
 * @returns New bytes: the whole message.
 *
 * @example A frame without packets, which a sender ends with
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder } from "../batch_builder.ts";
 * import { encodeFrame } from "./frame.ts";
 *
 * const totals = {
 *   sent: 0,
 *   captured: 1,
 *   own_dropped: 0,
 *   kernel_dropped: 0,
 *   rate_dropped: 0,
 *   queue_dropped: 0,
 * };
 * const relay = { relay: 0n, relay_rate_dropped: 0, relay_queue_dropped: 0 };
 * const counted = { instance: 1n, number: 0, lane: 0, totals, relay };
 * const details = { sensor: "gateway", madeAt: 0, last: true, ...counted };
 *
 * const nothing = new BatchBuilder(new Uint8Array(100)).build();
 * const message = encodeFrame(nothing, details);
 * assert.deepEqual([...message.subarray(1, 4)], [..."NFZ"].map((letter) => letter.charCodeAt(0)));
 * ```
 */
export function encodeFrame(
  batch: PacketBatch,
  details: FrameDetails,
  groups: TotalsByGroup = NO_GROUPS,
): Uint8Array<ArrayBuffer> {
  const start = frameHeaderSize(details.sensor);
  const recordsSize = batch.records.byteLength;
  const most = start + recordsSize + maximumTrailerSize(batch, groups);
  const message = new Uint8Array(most);
  message.set(batch.records, start);
  const trailer = message.subarray(start + recordsSize);
  const bodySize = recordsSize + encodeTrailer(batch, groups, trailer);
  encodeFrameHeader(headerOf(batch, details, { groups, bodySize }), message);
  return message.subarray(0, start + bodySize);
}

/**
 * Makes an uncompressed frame of the packets in a builder, in the builder's own memory: nothing is copied but what follows the records.
 *
 * @param builder The packets; `MAX_HEADER_SIZE` bytes must be free before its start, and `maximumTrailerSize` bytes behind its end.
 * @param details What the header says beside.
 * @param groups Totals of groups to tell with them.
 * @returns The whole message, borrowed from the builder.
 * @throws {RangeError} If the builder has no room for them.
 */
export function sealFrame(
  builder: BatchBuilder,
  details: FrameDetails,
  groups: TotalsByGroup = NO_GROUPS,
): Uint8Array<ArrayBuffer> {
  const batch = builder.build();
  const messageStart = builder.start - frameHeaderSize(details.sensor);
  const trailer = builder.bytes.subarray(builder.end);
  if (messageStart < 0 || maximumTrailerSize(batch, groups) > trailer.length) {
    throw new RangeError(
      `Cannot seal a frame of ${builder.size} bytes: there is no room around it`,
    );
  }
  const trailerSize = encodeTrailer(batch, groups, trailer);
  const message = builder.bytes.subarray(
    messageStart,
    builder.end + trailerSize,
  );
  const bodySize = builder.size + trailerSize;
  encodeFrameHeader(headerOf(batch, details, { groups, bodySize }), message);
  return message;
}

/** A frame that was read and found good. */
export interface Frame {
  /** What its header says. */
  header: FrameHeader;
  /** Its packets. */
  batch: PacketBatch;
  /** Times that they lie between; infinite where there are none. */
  span: TimeSpan;
  /** What it tells about the sender's groups. */
  groups: TotalsByGroup;
}

/** A frame that was read, with its body as it was. */
export interface DecodedFrame extends Frame {
  /** The body, uncompressed: its records are those of the packets. */
  body: Uint8Array;
}

/**
 * Reads a frame and checks all of it.
 *
 * @param message The whole message.
 * @param reader Reads the contexts.
 * @returns The frame; its records borrow from `message`, or from new memory when the frame is compressed.
 * @throws {FrameError} If anything in it is not as it says; nothing of such a frame may be used.
 *
 * @example Who sent a frame
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder } from "../batch_builder.ts";
 * import { ContextReader } from "./context_codec.ts";
 * import { decodeFrame, encodeFrame } from "./frame.ts";
 *
 * const totals = {
 *   sent: 0,
 *   captured: 1,
 *   own_dropped: 0,
 *   kernel_dropped: 0,
 *   rate_dropped: 0,
 *   queue_dropped: 0,
 * };
 * const relay = { relay: 0n, relay_rate_dropped: 0, relay_queue_dropped: 0 };
 * const counted = { instance: 1n, number: 0, lane: 0, totals, relay };
 * const details = { sensor: "gateway", madeAt: 0, last: true, ...counted };
 *
 * const nothing = new BatchBuilder(new Uint8Array(100)).build();
 * const message = encodeFrame(nothing, details);
 * const { header, batch } = decodeFrame(message, new ContextReader());
 * assert.equal(header.sensor, "gateway");
 * assert.equal(batch.packets, 0);
 * ```
 */
export function decodeFrame(
  message: Uint8Array,
  reader: ContextReader,
): DecodedFrame {
  const { header, headerSize } = decodeFrameHeader(message);
  const body = decompressBody(
    message.subarray(headerSize),
    header.codec,
    header.bodySize,
  );
  return { header, body, ...decodeBody(header, body, reader) };
}
