import type { PacketBatch } from "../packet.ts";
import { RECORD } from "./constants.ts";
import {
  encodeFileHeader,
  type PcapFileHeader,
  type Precision,
} from "./file_header.ts";

/** How a {@linkcode PcapEncoderStream} writes. */
export interface PcapEncoderOptions {
  /**
   * Unit of the fraction of a second.
   *
   * @default {"microseconds"}
   */
  precision?: Precision;
  /**
   * What the header says of the packets' lengths and first bytes, where they are not raw IP packets of up to 262144 bytes.
   *
   * @default {PCAP_FILE_DEFAULTS}
   */
  header?: Pick<Partial<PcapFileHeader>, "snaplen" | "linkType">;
}

/**
 * Turns batches into the bytes of a classic pcap file: the header, then one chunk for each batch that is not empty.
 *
 * With microseconds a chunk is the batch's own `records`, borrowed and not copied; with nanoseconds it is a copy.
 *
 * @example A file of no packets
 * ```ts
 * import assert from "node:assert/strict";
 * import type { PacketBatch } from "../packet.ts";
 * import { PcapEncoderStream } from "./mod.ts";
 *
 * const batches: ReadableStream<PacketBatch> = ReadableStream.from<PacketBatch>([]);
 * const chunks = await Array.fromAsync(batches.pipeThrough(new PcapEncoderStream()));
 * assert.equal(chunks[0]?.length, 24);
 * ```
 */
export class PcapEncoderStream extends TransformStream<
  PacketBatch,
  Uint8Array
> {
  /**
   * Makes a stream for one file.
   *
   * @param options How to write.
   */
  constructor(options: PcapEncoderOptions = {}) {
    const { precision = "microseconds", header = {} } = options;
    super({
      start(controller): void {
        controller.enqueue(encodeFileHeader({ ...header, precision }));
      },
      transform(batch, controller): void {
        if (batch.packets === 0) return;
        controller.enqueue(recordsForPrecision(batch, precision));
      },
    });
  }
}

/**
 * Gives the records of a batch with times in the unit that a file asks for.
 *
 * @param batch The batch.
 * @param precision The unit.
 * @param mayChange Whether its records may be changed. @default {false}
 * @returns The batch's own records, borrowed; a copy with nanoseconds where they may not be changed.
 */
export function recordsForPrecision(
  batch: PacketBatch,
  precision: Precision,
  mayChange = false,
): Uint8Array {
  if (precision === "microseconds") return batch.records;
  const records = mayChange ? batch.records : new Uint8Array(batch.records);
  toNanoseconds(records, batch);
  return records;
}

/** Changes the fractions in place from microseconds to nanoseconds. */
function toNanoseconds(records: Uint8Array, batch: PacketBatch): void {
  const { packets, nanoseconds } = batch;
  const view = new DataView(records.buffer, records.byteOffset);
  let at = 0;
  for (let packet = 0; packet < packets; packet++) {
    const microseconds = view.getUint32(at + RECORD.FRACTION, true);
    const rest = nanoseconds === undefined ? 0 : nanoseconds[packet] ?? 0;
    view.setUint32(at + RECORD.FRACTION, microseconds * 1000 + rest, true);
    at += RECORD.SIZE + view.getUint32(at + RECORD.CAPTURED, true);
  }
}
