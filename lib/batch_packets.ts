import type { PacketInput } from "./batch_builder.ts";
import { type PacketBatch, type PacketContext, RUN } from "./packet.ts";
import { RECORD } from "./pcap/constants.ts";

/** One packet of a batch, as an object of its own. */
export interface BatchPacket extends PacketInput {
  /** What the firewall knew about it; the same object for all packets that share it. */
  context: PacketContext;
  /** Packets of the same group that the kernel lost just before this one. */
  lostBefore: number;
}

/**
 * Gives the packets of a batch one by one. For those who look at each packet: whoever moves many leaves them in the batch.
 *
 * @param batch The batch; its records must be right (see `validateRecords`).
 * @returns The packets; their data borrows from the batch, and is valid for as long as that is.
 *
 * @example Sizes of packets
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder, plainContext } from "./batch_builder.ts";
 * import { batchPackets } from "./batch_packets.ts";
 *
 * const builder = new BatchBuilder(new Uint8Array(1000));
 * const data = Uint8Array.of(0x45, 0, 0, 40);
 * const packet = { seconds: 1, nanoseconds: 0, originalLength: 40, data };
 * builder.add(packet, plainContext(5, "kernel"));
 *
 * const [first] = batchPackets(builder.build());
 * assert.equal(first?.originalLength, 40);
 * assert.equal(first?.context.group, 5);
 * ```
 */
export function* batchPackets(
  batch: PacketBatch,
): Generator<BatchPacket, void, void> {
  const { records, runs, contexts, nanoseconds } = batch;
  const { buffer, byteOffset, byteLength } = records;
  const view = new DataView(buffer, byteOffset, byteLength);
  let at = 0;
  let packet = 0;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    const context = contexts[runs[run + RUN.CONTEXT] ?? 0];
    if (context === undefined) {
      throw new RangeError(
        `Cannot read a batch: a run's context is ${runs[run + RUN.CONTEXT]}`,
      );
    }
    const end = packet + (runs[run + RUN.PACKETS] ?? 0);
    let lostBefore = runs[run + RUN.LOST_BEFORE] ?? 0;
    for (; packet < end; packet++) {
      const start = at + RECORD.SIZE;
      const next = start + view.getUint32(at + RECORD.CAPTURED, true);
      yield {
        seconds: view.getUint32(at + RECORD.SECONDS, true),
        nanoseconds: view.getUint32(at + RECORD.FRACTION, true) * 1000 +
          (nanoseconds?.[packet] ?? 0),
        originalLength: view.getUint32(at + RECORD.ORIGINAL, true),
        data: records.subarray(start, next),
        context,
        lostBefore,
      };
      lostBefore = 0;
      at = next;
    }
  }
}
