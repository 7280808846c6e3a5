import type { BatchBuilder } from "../batch_builder.ts";
import { RUN } from "../packet.ts";
import type { FrameDetails } from "./frame.ts";
import {
  encodeTrailer,
  maximumTrailerSize,
  type TotalsByGroup,
} from "./frame_body.ts";
import {
  encodeFrameHeader,
  type FrameHeader,
  frameHeaderSize,
} from "./frame_header.ts";

/** What a header says of the body, apart from how it is compressed. */
export type BodyShape = Omit<FrameHeader, keyof FrameDetails | "codec">;

/** Where in some memory a body lies, with room for a header before it. */
export interface BodySpan {
  /** The memory. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Where the body begins. */
  start: number;
  /** Where it ends. */
  end: number;
}

const NO_GROUPS: TotalsByGroup = new Map();

/** An uncompressed body, and what a header says of it. */
export interface SealedBody extends BodySpan {
  /** What a header says of it. */
  shape: BodyShape;
}

/**
 * Makes the body of a frame of the packets in a builder, in the builder's own memory.
 *
 * @param builder The packets; {@linkcode maximumTrailerSize} bytes must be free behind its end.
 * @param groups Totals of groups to tell with them.
 * @returns The body, borrowed from the builder.
 * @throws {RangeError} If there is no room behind the packets.
 */
export function sealBody(
  builder: BatchBuilder,
  groups: TotalsByGroup = NO_GROUPS,
): SealedBody {
  const batch = builder.build();
  const trailer = builder.bytes.subarray(builder.end);
  if (maximumTrailerSize(batch, groups) > trailer.byteLength) {
    throw new RangeError(
      `Cannot seal a body of ${builder.size} bytes: there is no room behind it`,
    );
  }
  const end = builder.end + encodeTrailer(batch, groups, trailer);
  return {
    bytes: builder.bytes,
    start: builder.start,
    end,
    shape: {
      hasNanoseconds: batch.nanoseconds !== undefined,
      packets: batch.packets,
      recordsSize: batch.records.byteLength,
      runs: batch.runs.length / RUN.WORDS,
      contexts: batch.contexts.length,
      groups: groups.size,
      bodySize: end - builder.start,
    },
  };
}

/**
 * Makes a frame of a body by writing a header right before it.
 *
 * @param span Where the body lies; the bytes before it are overwritten.
 * @param header What the header says.
 * @returns The whole message, borrowed.
 * @throws {RangeError} If there is no room before the body.
 */
export function putHeader(
  { bytes, start, end }: BodySpan,
  header: FrameHeader,
): Uint8Array<ArrayBuffer> {
  const from = start - frameHeaderSize(header.sensor);
  if (from < 0) {
    throw new RangeError(
      `Cannot write a header: only ${start} bytes are free before the body`,
    );
  }
  const message = bytes.subarray(from, end);
  encodeFrameHeader(header, message);
  return message;
}
