import type { BatchBuilder } from "../batch_builder.ts";
import type { PacketBatch } from "../packet.ts";
import { decompressBody } from "./compression.ts";
import { MAX_HEADER_SIZE, RUN_SIZE } from "./constants.ts";
import type { ContextReader } from "./context_codec.ts";
import {
  decodeBody,
  encodeTrailer,
  type TotalsByGroup,
  trailerSize,
} from "./frame_body.ts";
import {
  decodeFrameHeader,
  encodeFrameHeader,
  type FrameHeader,
  frameHeaderSize,
} from "./frame_header.ts";

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

function headerOf(
  batch: PacketBatch,
  groups: TotalsByGroup,
  details: FrameDetails,
): FrameHeader {
  const recordsSize = batch.records.byteLength;
  return {
    ...details,
    codec: "none",
    hasNanoseconds: batch.nanoseconds !== undefined,
    packets: batch.packets,
    recordsSize,
    runs: batch.runs.byteLength / RUN_SIZE,
    contexts: batch.contexts.length,
    groups: groups.size,
    bodySize: recordsSize + trailerSize(batch, groups),
  };
}

/**
 * Makes an uncompressed frame of a batch.
 *
 * @param batch The packets; they are copied.
 * @param details What the header says beside.
 * @param groups Totals of groups to tell with them.
 * @returns New bytes: the whole message.
 */
export function encodeFrame(
  batch: PacketBatch,
  details: FrameDetails,
  groups: TotalsByGroup = NO_GROUPS,
): Uint8Array<ArrayBuffer> {
  const header = headerOf(batch, groups, details);
  const start = frameHeaderSize(details.sensor);
  const message = new Uint8Array(start + header.bodySize);
  encodeFrameHeader(header, message);
  message.set(batch.records, start);
  encodeTrailer(batch, groups, message.subarray(start + header.recordsSize));
  return message;
}

/**
 * Makes an uncompressed frame of the packets in a builder, in the builder's own memory: nothing is copied but what follows the records.
 *
 * @param builder The packets; before its start there must be room for the header, which takes `frameHeaderSize(sensor)` bytes.
 * @param details What the header says beside.
 * @param groups Totals of groups to tell with them.
 * @returns The whole message, borrowed from the builder; or undefined if what follows the records does not fit behind them.
 */
export function sealFrame(
  builder: BatchBuilder,
  details: FrameDetails,
  groups: TotalsByGroup = NO_GROUPS,
): Uint8Array | undefined {
  const batch = builder.build();
  const header = headerOf(batch, groups, details);
  const messageStart = builder.start - frameHeaderSize(details.sensor);
  const messageEnd = builder.start + header.bodySize;
  if (messageStart < 0 || messageEnd > builder.bytes.byteLength) {
    return undefined;
  }
  const message = builder.bytes.subarray(messageStart, messageEnd);
  encodeFrameHeader(header, message);
  encodeTrailer(
    batch,
    groups,
    builder.bytes.subarray(builder.end, messageEnd),
  );
  return message;
}

/** A frame that was read and found good. */
export interface Frame {
  /** What its header says. */
  header: FrameHeader;
  /** Its packets. */
  batch: PacketBatch;
  /** What it tells about the sender's groups. */
  groups: TotalsByGroup;
}

/**
 * Reads a frame and checks all of it.
 *
 * @param message The whole message.
 * @param reader Reads the contexts.
 * @returns The frame; its records borrow from `message`, or from new memory when the frame is compressed.
 * @throws {FrameError} If anything in it is not as it says; nothing of such a frame may be used.
 */
export function decodeFrame(
  message: Uint8Array,
  reader: ContextReader,
): Frame {
  const { header, headerSize } = decodeFrameHeader(message);
  const body = decompressBody(
    message.subarray(headerSize),
    header.codec,
    header.bodySize,
  );
  return { header, ...decodeBody(header, body, reader) };
}

/** Bytes before the records that a builder must leave for the header of any sensor. */
export const FRAME_HEADROOM = MAX_HEADER_SIZE;
