import type { PacketBatch } from "../packet.ts";
import { LINK_TYPE, RECORD } from "../pcap/constants.ts";
import { encodeFileHeader, type Precision } from "../pcap/file_header.ts";
import { encodeNflogRecords } from "../pcap/nflog_record.ts";
import { recordsForPrecision } from "../pcap/pcap_encoder_stream.ts";
import type { CaptureEncoder, EncodeRequest } from "./capture_encoder.ts";
import type { Chunk, WholeRecords } from "./chunk.ts";
import { ChunkMemory } from "./chunk_memory.ts";
import { NO_PARTS } from "./part_counts.ts";
import { wholePackets } from "./whole_packets.ts";

const NOTHING = new Uint8Array(0);

/** Writes classic pcap: raw IP packets, borrowed from the batch where times are microseconds, or link type NFLOG. */
export class RecordEncoder implements CaptureEncoder {
  readonly #format: "pcap" | "nflog";
  readonly #precision: Precision;
  readonly #header: Uint8Array;
  readonly #memory = new ChunkMemory();

  /**
   * Prepares to write.
   *
   * @param format What the packets begin with.
   * @param precision Unit of times. @default {"microseconds"}
   */
  constructor(
    format: "pcap" | "nflog",
    precision: Precision = "microseconds",
  ) {
    this.#format = format;
    this.#precision = precision;
    const linkType = format === "nflog" ? LINK_TYPE.NFLOG : LINK_TYPE.RAW;
    this.#header = encodeFileHeader({ precision, linkType });
  }

  /** See {@linkcode CaptureEncoder.begin}. */
  begin(): Uint8Array {
    return this.#header.slice();
  }

  /** See {@linkcode CaptureEncoder.encode}. */
  encode(batch: PacketBatch, request: EncodeRequest): Chunk {
    const { parts = NO_PARTS, release } = request;
    const { bytes, give } = this.#write(batch, request.room);
    let packets = batch.packets;
    for (const count of parts.values()) packets -= count - 1;
    return {
      bytes,
      packets,
      release(dropped): void {
        give?.();
        release?.(dropped);
      },
      recordsWithin(written): WholeRecords {
        const { buffer, byteOffset, byteLength } = bytes;
        const view = new DataView(buffer, byteOffset, byteLength);
        return wholePackets(
          parts,
          written,
          (at) => RECORD.SIZE + view.getUint32(at + RECORD.CAPTURED, true),
        );
      },
    };
  }

  /** See {@linkcode CaptureEncoder.before}: nothing. */
  before(): undefined {
    return undefined;
  }

  /** See {@linkcode CaptureEncoder.finish}: nothing. */
  finish(): Uint8Array {
    return NOTHING;
  }

  #write(
    batch: PacketBatch,
    room = -1,
  ): { bytes: Uint8Array; give?: () => void } {
    const precision = this.#precision;
    if (this.#format === "pcap") {
      return { bytes: recordsForPrecision(batch, precision, room >= 0) };
    }
    let memory: Uint8Array<ArrayBuffer> | undefined;
    const bytes = encodeNflogRecords(batch, {
      ...{ precision, room },
      allocate: (size) => memory = this.#memory.take(size),
    });
    return {
      bytes,
      give: () => {
        if (memory !== undefined) this.#memory.give(memory);
        memory = undefined;
      },
    };
  }
}
