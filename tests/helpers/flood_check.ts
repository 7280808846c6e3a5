#!/usr/bin/env -S deno run --allow-read
// Judges a capture of a flood: did every numbered packet arrive, once, in order and byte for byte?
//
//   scripts/deno run --allow-read tests/helpers/flood_check.ts --count 1000000 --size 100 FILE
//
// It has a pcap reader of its own, so that it does not share the errors of the code under test.

import { parseArgs } from "node:util";
import {
  type FloodExpectation,
  FloodJudge,
  type FloodVerdict,
} from "./flood_judge.ts";

const FILE_HEADER_SIZE = 24;
const RECORD_HEADER_SIZE = 16;
const CHUNK_SIZE = 1 << 20;
/** Bytes before the network layer, by link type: RAW, IPV4, IPV6 and Ethernet (www.tcpdump.org/linktypes.html). */
const LINK_HEADER_SIZES: ReadonlyMap<number, number> = new Map([
  [101, 0],
  [228, 0],
  [229, 0],
  [1, 14],
]);

/**
 * Judges a classic pcap file of either byte order, of link type RAW, IPV4, IPV6 or Ethernet.
 *
 * @param path The file.
 * @param expected What was sent.
 * @returns What arrived.
 * @throws {RangeError} If it is not such a file, or ends within a record.
 */
export function checkFlood(
  path: string,
  expected: FloodExpectation,
): FloodVerdict {
  const judge = new FloodJudge(expected);
  if (readFlood(path, judge) > 0) {
    throw new RangeError(
      `Cannot read ${path}: it ends within a header or record`,
    );
  }
  return judge.verdict();
}

/**
 * Gives the whole records of a capture file to a judge, as {@linkcode checkFlood} does.
 *
 * @param path The file.
 * @param judge Who judges them; it may have judged other files before.
 * @returns Bytes at the end that are no whole record: what a writer or reader that was killed leaves. 1 for an empty file.
 * @throws {RangeError} If it has a header that is none, or a record too long.
 */
export function readFlood(path: string, judge: FloodJudge): number {
  using file = Deno.openSync(path);
  const buffer = new Uint8Array(2 * CHUNK_SIZE);
  let start = 0;
  let end = 0;
  let reader: CaptureReader | undefined;
  for (;;) {
    buffer.copyWithin(0, start, end);
    end -= start;
    start = 0;
    const read = file.readSync(buffer.subarray(end)) ?? 0;
    end += read;
    if (reader === undefined && end >= FILE_HEADER_SIZE) {
      reader = parseFileHeader(buffer);
      start = FILE_HEADER_SIZE;
    }
    if (reader !== undefined) {
      start = judgeRecords(buffer.subarray(0, end), start, { reader, judge });
    }
    if (read === 0) break;
    if (start === 0 && end === buffer.length) {
      throw new RangeError(`Cannot read ${path}: a record is too long`);
    }
  }
  return reader === undefined ? Math.max(end, 1) : end - start;
}

interface CaptureReader {
  littleEndian: boolean;
  linkHeaderSize: number;
}

function parseFileHeader(bytes: Uint8Array): CaptureReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const magics = [0xa1b2c3d4, 0xa1b23c4d]; // microseconds, nanoseconds
  const littleEndian = magics.includes(view.getUint32(0, true));
  if (!littleEndian && !magics.includes(view.getUint32(0))) {
    throw new RangeError("Cannot read a capture: not a classic pcap file");
  }
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  const linkHeaderSize = LINK_HEADER_SIZES.get(linkType);
  if (linkHeaderSize === undefined) {
    throw new RangeError(`Cannot judge packets of link type ${linkType}`);
  }
  return { littleEndian, linkHeaderSize };
}

/** Judges the whole records from `start` on and returns the offset after them. */
function judgeRecords(
  bytes: Uint8Array,
  start: number,
  { reader, judge }: { reader: CaptureReader; judge: FloodJudge },
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = start;
  while (offset + RECORD_HEADER_SIZE <= bytes.length) {
    const captured = view.getUint32(offset + 8, reader.littleEndian);
    const original = view.getUint32(offset + 12, reader.littleEndian);
    const data = offset + RECORD_HEADER_SIZE;
    if (data + captured > bytes.length) break;
    const packet = bytes.subarray(
      data + reader.linkHeaderSize,
      data + captured,
    );
    judge.add(packet, original - reader.linkHeaderSize);
    offset = data + captured;
  }
  return offset;
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: "string" },
      size: { type: "string", default: "100" },
      first: { type: "string", default: "0" },
      port: { type: "string", default: "9999" },
    },
  });
  const verdict = checkFlood(positionals[0] ?? "/dev/stdin", {
    count: Number(values.count),
    size: Number(values.size),
    first: Number(values.first),
    port: Number(values.port),
  });
  const text = `${JSON.stringify(verdict)}\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  const { missing, duplicated, reordered, damaged } = verdict;
  Deno.exit(missing + duplicated + reordered + damaged === 0 ? 0 : 1);
}
