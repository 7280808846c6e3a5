import {
  type GroupTotals,
  type PacketBatch,
  type PacketContext,
  RUN,
} from "../packet.ts";
import { validateRecords } from "../pcap/record.ts";
import { PcapError } from "../pcap/pcap_error.ts";
import type { TimeSpan } from "../pcap/time_span.ts";
import { GROUP_TOTALS } from "./constants.ts";
import { type ContextReader, encodeContext } from "./context_codec.ts";
import { FrameError } from "./frame_error.ts";
import type { FrameHeader } from "./frame_header.ts";
import { decodeGroupTotals, encodeGroupTotals } from "./group_totals.ts";
import { decodeRuns, encodeRunsInto, MAX_RUN_SIZE } from "./run_codec.ts";

/** What a record in microseconds leaves of a time is below a microsecond. */
const MOST_NANOSECONDS = 999;

/** Totals of the groups that a frame tells, by group. */
export type TotalsByGroup = ReadonlyMap<number, GroupTotals>;

/**
 * Tells how many bytes can follow the records in the body of a frame at most.
 *
 * @param batch The packets.
 * @param groups The totals told with them.
 * @returns Bytes.
 */
export function maximumTrailerSize(
  batch: PacketBatch,
  groups: TotalsByGroup,
): number {
  let size = (batch.nanoseconds?.byteLength ?? 0) +
    batch.runs.length / RUN.WORDS * MAX_RUN_SIZE +
    groups.size * GROUP_TOTALS.SIZE;
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
 * @param target Where to, from its first byte on; {@linkcode maximumTrailerSize} bytes are always enough.
 * @returns The number of bytes written.
 */
export function encodeTrailer(
  batch: PacketBatch,
  groups: TotalsByGroup,
  target: Uint8Array,
): number {
  const { nanoseconds } = batch;
  let offset = 0;
  if (nanoseconds !== undefined) {
    // Typed arrays are little-endian on every machine this runs on, and so is the frame.
    const { buffer, byteOffset, byteLength } = nanoseconds;
    target.set(new Uint8Array(buffer, byteOffset, byteLength));
    offset = byteLength;
  }
  offset = encodeRunsInto(batch.runs, target, offset);
  for (const context of batch.contexts) {
    const bytes = encodeContext(context);
    target.set(bytes, offset);
    offset += bytes.byteLength;
  }
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
  /** Times that they lie between; infinite where there are none. */
  span: TimeSpan;
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
  const span = checkRecords(records, packets);
  let offset = recordsSize;
  let nanoseconds: Uint16Array | undefined;
  if (header.hasNanoseconds) {
    // Copied, since the column need not be aligned.
    nanoseconds = new Uint16Array(packets);
    const nextOffset = offset + nanoseconds.byteLength;
    new Uint8Array(nanoseconds.buffer).set(body.subarray(offset, nextOffset));
    checkNanoseconds(nanoseconds);
    offset = nextOffset;
  }
  const { runs, nextOffset } = decodeRuns(body, offset, header.runs);
  checkRuns(runs, header);
  offset = nextOffset;
  const contexts: PacketContext[] = [];
  for (let index = 0; index < header.contexts; index++) {
    const { context, nextOffset } = reader.read(body, offset);
    contexts.push(context);
    offset = nextOffset;
  }
  const groups = readGroups(header, body, offset);
  return {
    batch: { packets, records, nanoseconds, runs, contexts },
    ...{ span, groups },
  };
}

function checkRecords(records: Uint8Array, packets: number): TimeSpan {
  try {
    return validateRecords(records, packets);
  } catch (cause) {
    if (!(cause instanceof PcapError)) throw cause;
    throw new FrameError(cause.message, "content", {
      offset: cause.offset,
      cause,
    });
  }
}

/** A plain loop, since `findIndex` calls a function for each packet: it took as long as the records. */
function checkNanoseconds(column: Uint16Array): void {
  for (let packet = 0; packet < column.length; packet++) {
    if ((column[packet] ?? 0) <= MOST_NANOSECONDS) continue;
    throw new FrameError(
      `Cannot read a frame: packet ${packet} has more than 999 ns`,
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
