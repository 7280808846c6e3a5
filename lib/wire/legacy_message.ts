import { BatchBuilder } from "../batch_builder.ts";
import type { PacketBatch } from "../packet.ts";
import { RECORD } from "../pcap/constants.ts";
import { recordTime, type TimeSpan } from "../pcap/time_span.ts";
import { FrameError, type FrameErrorKind } from "./frame_error.ts";
import { LEGACY, LEGACY_MARK, LEGACY_PREFIX_SIZE } from "./legacy_constants.ts";
import { inflateLegacy } from "./legacy_inflate.ts";
import {
  legacyContext,
  legacyFault,
  recordFromLegacy,
} from "./legacy_packet.ts";

/** How a message of the original is made: bare, or marked by a byte as its rate control does. */
export type LegacyForm = "bare" | "marked" | "zlib";

/** What a message of the original holds. */
export interface LegacyPackets {
  /** Its packets, 1 or more; they borrow nothing. */
  readonly batch: PacketBatch;
  /** Times that they lie between. */
  readonly span: TimeSpan;
}

/** Runs of a batch of one packet; never changed. */
const ONE_PACKET = Uint32Array.of(1, 0, 0);

/**
 * Tells in which of its forms a message of the original came.
 *
 * A structure takes a multiple of four bytes, so that one behind a mark can not be taken for a bare one; a zlib stream would have to hold its own length in
 * the right place.
 *
 * @param message The whole message.
 * @returns The form, or undefined if it can not be one of the original's.
 */
export function legacyForm(message: Uint8Array): LegacyForm | undefined {
  const size = message.byteLength;
  const view = new DataView(message.buffer, message.byteOffset, size);
  if (size >= LEGACY.SIZE && legacyFault(view, 0, size) === undefined) {
    return "bare";
  }
  switch (message[0]) {
    case LEGACY_MARK.PLAIN:
      return "marked";
    case LEGACY_MARK.ZLIB:
      return "zlib";
    default:
      return undefined;
  }
}

/**
 * Reads a message of the Python original, in any of its forms, and checks all of it.
 *
 * @param message The whole message.
 * @param form Its form, from {@linkcode legacyForm}.
 * @returns What it holds.
 * @throws {FrameError} If it is not what the original sends, or would expand to more than 64 MiB; nothing of it may be used.
 */
export function decodeLegacyMessage(
  message: Uint8Array,
  form: LegacyForm,
): LegacyPackets {
  switch (form) {
    case "bare":
      return decodeOne(message);
    case "marked":
      return decodeOne(message.subarray(1));
    case "zlib":
      return decodeMany(inflateLegacy(message.subarray(1)));
  }
}

function decodeOne(structure: Uint8Array): LegacyPackets {
  const { buffer, byteOffset, byteLength } = structure;
  if (byteLength < LEGACY.SIZE) {
    throw refused(
      `${byteLength} of its ${LEGACY.SIZE} bytes are there`,
      "truncated",
      0,
    );
  }
  const view = new DataView(buffer, byteOffset, byteLength);
  const fault = legacyFault(view, 0, byteLength);
  if (fault !== undefined) throw refused(fault, "content", 0);
  const count = view.getUint32(LEGACY.COUNT, false);
  const records = new Uint8Array(RECORD.SIZE + count);
  const target = new DataView(records.buffer);
  recordFromLegacy(view, 0, { view: target, offset: 0 });
  const time = recordTime(target, 0);
  return {
    batch: {
      packets: 1,
      records,
      nanoseconds: undefined,
      runs: ONE_PACKET,
      contexts: [legacyContext(target, 0)],
    },
    span: { first: time, last: time },
  };
}

/** Makes records of structures in place: a record is shorter than what it is made of. */
function decodeMany(bytes: Uint8Array<ArrayBuffer>): LegacyPackets {
  const builder = new BatchBuilder(bytes);
  const { view } = builder;
  const size = bytes.byteLength;
  const span = { first: Infinity, last: -Infinity };
  if (size === 0) throw refused("there is none", "content", 0);
  for (let at = 0; at < size;) {
    const start = at + LEGACY_PREFIX_SIZE;
    if (start + LEGACY.SIZE > size) throw cutShort(at, size);
    const length = view.getUint32(at, false);
    const fault = legacyFault(view, start, length);
    if (fault !== undefined) throw refused(fault, "content", at);
    if (start + length > size) throw cutShort(at, size);
    const record = builder.end;
    builder.end = recordFromLegacy(view, start, { view, offset: record });
    builder.addRun(legacyContext(view, record), 1, 0);
    builder.packets++;
    const time = recordTime(view, record);
    span.first = Math.min(span.first, time);
    span.last = Math.max(span.last, time);
    at = start + length;
  }
  return { batch: builder.build(), span };
}

function cutShort(at: number, size: number): FrameError {
  return refused(`it is cut short after ${size - at} bytes`, "truncated", at);
}

function refused(
  state: string,
  kind: FrameErrorKind,
  offset: number,
): FrameError {
  return new FrameError(
    `Cannot read the original's packet at ${offset}: ${state}`,
    kind,
    { offset },
  );
}
