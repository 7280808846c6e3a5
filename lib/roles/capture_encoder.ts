import type { PacketBatch } from "../packet.ts";
import type { Precision } from "../pcap/file_header.ts";
import type { InterfaceMode, SectionInfo } from "../pcapng/mod.ts";
import type { PcapngTime, SensorLedger } from "../pcapng/mod.ts";
import type { Chunk } from "./chunk.ts";
import type { PartCounts } from "./part_counts.ts";
import { PcapngCaptureEncoder } from "./pcapng_capture_encoder.ts";
import { RecordEncoder } from "./record_encoder.ts";

/** What a capture is written as: classic pcap, pcapng, or classic pcap with the kernel's attributes (link type 239). */
export type CaptureFormat = "pcap" | "pcapng" | "nflog";

/** How captures are written. */
export interface CaptureEncoderOptions {
  /** Unit of times in classic pcap; pcapng has nanoseconds always. @default {"microseconds"} */
  precision?: Precision;
  /** What pcapng tells of its writer. @default {{}} */
  section?: SectionInfo;
  /** How many interfaces pcapng makes of hosts, groups and interfaces. @default {"each"} */
  interfaces?: InterfaceMode;
}

/** What is to be known of a batch besides its packets. */
export interface EncodeRequest {
  /** The host that it comes from. */
  sensor: string;
  /**
   * Which packets were cut into parts: they still count as one each, and are written whole or not at all.
   *
   * @default {NO_PARTS}
   */
  parts?: PartCounts;
  /**
   * Bytes before the batch's records, in the same memory, that the encoder may write over, and the records too, when it is done with them.
   *
   * @default {undefined} Neither: the records stay as they are.
   */
  room?: number | undefined;
  /** Called exactly once, when the chunk was written or dropped: see {@linkcode Chunk.release}. */
  release?: (dropped: number) => void;
}

/**
 * Writes batches as a capture, for an output that may drop chunks, and may begin anew between any two.
 *
 * A stream is what {@linkcode begin} gives, then for each chunk what {@linkcode before} gives and the chunk itself, then what {@linkcode finish}
 * gives.
 */
export interface CaptureEncoder {
  /** Begins a stream: gives what it begins with, newly made. */
  begin(): Uint8Array;
  /**
   * Writes a batch.
   *
   * @param batch The batch; its records must be right (see `validateRecords`).
   * @param request What else is to be known.
   * @returns The chunk. Where its bytes are in the memory of the batch's records they are borrowed from there, until it is released.
   */
  encode(batch: PacketBatch, request: EncodeRequest): Chunk;
  /**
   * Gives what must be written just before a chunk in the present stream; asked once, when that is about to happen.
   *
   * @param chunk A chunk of this encoder; for any other chunk there is nothing.
   * @returns The bytes, newly made; undefined for none.
   */
  before(chunk: Chunk): Uint8Array | undefined;
  /**
   * Ends a stream, when all of its chunks were released.
   *
   * @param ledger What became of packets, as far as it is known.
   * @param time When this was counted. @default {undefined} The time of the last packet.
   * @returns What the stream ends with, newly made; empty where the format has nothing of the kind.
   */
  finish(ledger: readonly SensorLedger[], time?: PcapngTime): Uint8Array;
}

/**
 * Tells how much memory is well kept free before packets that are to be written: what grows is cheapest written where it came.
 *
 * @param format What it is to be written as.
 * @returns The memory, as a share of the packets' own.
 */
export function headroomOf(format: CaptureFormat): number {
  // Packets of 70 bytes and more fit then, with the prefix and the interfaces that the firewall mostly knows.
  return format === "pcap" ? 0 : 1;
}

/**
 * Makes an encoder: the one place where formats become code.
 *
 * @param format What is to be written.
 * @param options How.
 * @returns The encoder.
 */
export function makeCaptureEncoder(
  format: CaptureFormat,
  options: CaptureEncoderOptions = {},
): CaptureEncoder {
  switch (format) {
    case "pcapng":
      return new PcapngCaptureEncoder(options);
    case "pcap":
    case "nflog":
      return new RecordEncoder(format, options.precision);
  }
}
