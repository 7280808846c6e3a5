import type { PacketBatch } from "../packet.ts";
import { PcapngEncoder, type PcapngEncoderOptions } from "./pcapng_encoder.ts";

/** How a {@linkcode PcapngEncoderStream} writes. */
export interface PcapngStreamOptions
  extends Omit<PcapngEncoderOptions, "allocate"> {
  /** The host that the packets come from. */
  sensor: string;
}

/**
 * Turns the batches of one host into the bytes of a pcapng file: the section header, then a chunk for each batch that is not empty, and
 * statistics at the end.
 *
 * @example A file of no packets
 * ```ts
 * import assert from "node:assert/strict";
 * import type { PacketBatch } from "../packet.ts";
 * import { PcapngEncoderStream } from "./mod.ts";
 *
 * const batches = ReadableStream.from<PacketBatch>([]);
 * const stream = new PcapngEncoderStream({ sensor: "gw1" });
 * const chunks = await Array.fromAsync(batches.pipeThrough(stream));
 * assert.equal(chunks[0]?.[0], 0x0a);
 * ```
 */
export class PcapngEncoderStream
  extends TransformStream<PacketBatch, Uint8Array> {
  /**
   * Makes a stream for one file.
   *
   * @param options How to write.
   */
  constructor(options: PcapngStreamOptions) {
    const encoder = new PcapngEncoder(options);
    super({
      start(controller): void {
        controller.enqueue(encoder.start());
      },
      transform(batch, controller): void {
        if (batch.packets === 0) return;
        controller.enqueue(encoder.encode(batch, options.sensor));
      },
      flush(controller): void {
        const statistics = encoder.finish([]);
        if (statistics.length > 0) controller.enqueue(statistics);
      },
    });
  }
}
