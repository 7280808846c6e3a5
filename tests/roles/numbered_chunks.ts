import assert from "node:assert/strict";
import { encodeFileHeader } from "../../lib/pcap/file_header.ts";
import { encodeRecord } from "../../lib/pcap/record.ts";
import type { Chunk } from "../../lib/roles/chunk.ts";
import { wholeRecords } from "../../lib/pcap/whole_records.ts";
import { within } from "../helpers/within.ts";

const FILE_HEADER_SIZE = 24;
const RECORD_HEADER_SIZE = 16;
const CAPTURED_AT = 8;
const NUMBER_SIZE = 4;

/** What each stream begins with. */
export const HEADER = encodeFileHeader();

/** How a chunk is made. */
export interface ChunkShape {
  /** Bytes of each packet, 4 or more. @default {100} */
  size?: number;
  /** Whether the chunk knows where its packets begin. @default {"known"} */
  bounds?: "known" | "unknown";
}

/** Makes chunks of numbered packets and keeps account of them. */
export class NumberedChunks {
  /** Packets made so far; each carries its number, from 0. */
  packets = 0;
  #released = 0;
  #made = 0;
  #waiting: (() => void)[] = [];

  /** Chunks that are not released yet. */
  get held(): number {
    return this.#made - this.#released;
  }

  /** Makes a chunk of some packets. */
  make(packets: number, shape: ChunkShape = {}): Chunk {
    const { size = 100, bounds = "known" } = shape;
    const records = Array.from(
      { length: packets },
      () => numberedRecord(this.packets++, size),
    );
    const bytes = join(records);
    let released = false;
    this.#made++;
    const release = (): void => {
      assert.equal(released, false, "a chunk was released twice");
      released = true;
      this.#released++;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    };
    if (bounds === "unknown") return { bytes, packets, release };
    return {
      bytes,
      packets,
      release,
      recordsWithin: (written) => wholeRecords(bytes, written),
    };
  }

  /** Waits until all chunks but some are released. */
  async untilHeld(chunks: number): Promise<void> {
    while (this.held > chunks) {
      const changed = new Promise<void>((resolve) =>
        this.#waiting.push(resolve)
      );
      await within(changed, () => `the release of ${this.held} chunks`);
    }
  }
}

/** What a reader got. */
export interface ReadStream {
  /** Numbers of the whole packets. */
  numbers: number[];
  /** Bytes after them. */
  rest: number;
}

/** Reads a stream: a header, then whole packets, then maybe a part of one. */
export function readStream(bytes: Uint8Array): ReadStream {
  const header = bytes.subarray(0, FILE_HEADER_SIZE);
  assert.deepEqual([...header], [...HEADER.subarray(0, header.length)]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers: number[] = [];
  let at = Math.min(bytes.length, FILE_HEADER_SIZE);
  while (at + RECORD_HEADER_SIZE <= bytes.length) {
    const captured = view.getUint32(at + CAPTURED_AT, true);
    const next = at + RECORD_HEADER_SIZE + captured;
    if (next > bytes.length) break;
    numbers.push(view.getUint32(at + RECORD_HEADER_SIZE, true));
    at = next;
  }
  return { numbers, rest: bytes.length - at };
}

/** Numbers from `first` up to, not including, `end`. */
export function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

/** Joins bytes. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function numberedRecord(number: number, size: number): Uint8Array {
  const data = new Uint8Array(Math.max(size, NUMBER_SIZE));
  new DataView(data.buffer).setUint32(0, number, true);
  const originalLength = data.length;
  return encodeRecord({ seconds: 1, nanoseconds: 0, originalLength, data });
}
