import {
  type GroupTotals,
  type PacketBatch,
  type PacketContext,
  RUN,
} from "../packet.ts";
import { validateRecords } from "../pcap/record.ts";
import { GROUP_TOTALS, RUN_SIZE } from "./constants.ts";
import { type ContextReader, encodeContext } from "./context_codec.ts";
import { FrameError } from "./frame_error.ts";
import type { FrameHeader } from "./frame_header.ts";
import { decodeGroupTotals, encodeGroupTotals } from "./group_totals.ts";

/** Totals of the groups that a frame tells, by group. */
export type TotalsByGroup = ReadonlyMap<number, GroupTotals>;

/**
 * Tells how many bytes follow the records in the body of a frame.
 *
 * @param batch The packets.
 * @param groups The totals told with them.
 * @returns Bytes.
 */
export function trailerSize(batch: PacketBatch, groups: TotalsByGroup): number {
  let size = batch.runs.byteLength + groups.size * GROUP_TOTALS.SIZE +
    (batch.nanoseconds?.byteLength ?? 0);
  for (const context of batch.contexts) {
    size += encodeContext(context).byteLength;
  }
  return size;
}

/**
 * Writes what follows the records in the body of a frame: nanoseconds, runs, contexts, totals of groups.
 *
 * @param batch The packets.
 * @param groups The totals to tell.
 * @param target Where to, from its first byte on.
 * @returns The number of bytes written.
 * @throws {RangeError} If `target` is too short.
 */
export function encodeTrailer(
  batch: PacketBatch,
  groups: TotalsByGroup,
  target: Uint8Array,
): number {
  let offset = 0;
  const append = (part: ArrayBufferView): void => {
    target.set(
      new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
      offset,
    );
    offset += part.byteLength;
  };
  // Typed arrays are little-endian on every machine this runs on, and so is the frame.
  if (batch.nanoseconds !== undefined) append(batch.nanoseconds);
  append(batch.runs);
  for (const context of batch.contexts) append(encodeContext(context));
  const view = new DataView(target.buffer, target.byteOffset);
  for (const entry of groups) {
    encodeGroupTotals(entry, view, offset);
    offset += GROUP_TOTALS.SIZE;
  }
  return offset;
}

/** The packets and totals of a frame. */
export interface DecodedBody {
  /** The packets; their records borrow from the body. */
  batch: PacketBatch;
  /** What the frame tells about the sender's groups. */
  groups: TotalsByGroup;
}

/**
 * Reads the uncompressed body of a frame, and checks all of it.
 *
 * @param header What the frame's header says, consistent in itself.
 * @param body The body, as long as the header says.
 * @param reader Reads the contexts.
 * @returns The packets; their records borrow from `body`.
 * @throws {FrameError} If the body is not what the header says.
 */
export function decodeBody(
  header: FrameHeader,
  body: Uint8Array,
  reader: ContextReader,
): DecodedBody {
  const { packets, recordsSize } = header;
  const records = body.subarray(0, recordsSize);
  const fault = validateRecords(records, packets);
  if (fault !== undefined) {
    throw new FrameError(
      `Cannot read a frame: ${fault.reason}`,
      "content",
      { offset: fault.offset },
    );
  }
  let offset = recordsSize;
  const take = (size: number): ArrayBuffer => {
    // Copied, since neither a frame nor its parts are aligned.
    const copy = body.slice(offset, offset + size);
    offset += size;
    return copy.buffer;
  };
  const nanoseconds = header.hasNanoseconds
    ? new Uint16Array(take(packets * 2))
    : undefined;
  checkNanoseconds(nanoseconds);
  const runs = new Uint32Array(take(header.runs * RUN_SIZE));
  checkRuns(runs, header);
  const contexts: PacketContext[] = [];
  for (let index = 0; index < header.contexts; index++) {
    const { context, nextOffset } = reader.read(body, offset);
    contexts.push(context);
    offset = nextOffset;
  }
  const groups = readGroups(header, body, offset);
  return {
    batch: { packets, records, nanoseconds, runs, contexts },
    groups,
  };
}

function checkNanoseconds(column: Uint16Array | undefined): void {
  const bad = column?.findIndex((rest) => rest > 999) ?? -1;
  if (bad >= 0) {
    throw new FrameError(
      `Cannot read a frame: packet ${bad} has more than 999 ns`,
      "content",
    );
  }
}

function checkRuns(runs: Uint32Array, header: FrameHeader): void {
  let packets = 0;
  let known = true;
  for (let at = 0; at < runs.length; at += RUN.WORDS) {
    const length = runs[at + RUN.PACKETS] ?? 0;
    known &&= length > 0 && (runs[at + RUN.CONTEXT] ?? 0) < header.contexts;
    packets += length;
  }
  if (!known || packets !== header.packets) {
    throw new FrameError(
      `Cannot read a frame: its runs hold ${packets} packets, its header says ${header.packets}`,
      "content",
      { offset: header.recordsSize },
    );
  }
}

function readGroups(
  header: FrameHeader,
  body: Uint8Array,
  start: number,
): TotalsByGroup {
  const size = header.groups * GROUP_TOTALS.SIZE;
  if (start + size !== body.byteLength) {
    throw new FrameError(
      `Cannot read a frame: ${
        body.byteLength - start
      } bytes are left for the totals of ${header.groups} groups`,
      "content",
      { offset: start },
    );
  }
  const groups = new Map<number, GroupTotals>();
  if (size === 0) return groups;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = start; at < body.byteLength; at += GROUP_TOTALS.SIZE) {
    groups.set(...decodeGroupTotals(view, at));
  }
  return groups;
}
