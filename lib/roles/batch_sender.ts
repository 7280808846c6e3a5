import type { BatchBuilder } from "../batch_builder.ts";
import type { PacketBatch } from "../packet.ts";
import type { BodyShape, BodySpan } from "../wire/frame_parts.ts";
import type { CompressionResult } from "./compressor.ts";

/** Which packets are in a batch, without the packets. */
export type BatchManifest = Pick<PacketBatch, "packets" | "runs" | "contexts">;

/** What of a batch is compressed, and what is said about it. */
export interface PackedBatch extends BodySpan {
  /** The packets; valid for as long as it is needed. */
  readonly manifest: BatchManifest;
  /** What a header says of it; undefined where there is no header. */
  readonly shape: BodyShape | undefined;
}

/** Sends batches in one wire format or another, and books what becomes of them. It never waits. */
export interface BatchSender {
  /** Whether the next batch would be sent. */
  readonly hasRoom: boolean;
  /**
   * Sends a batch uncompressed, or drops it.
   *
   * @param builder The batch; it is the caller's again when this returns.
   * @returns Bytes that were sent; 0 if it was dropped.
   */
  send(builder: BatchBuilder): number;
  /**
   * Closes a batch and tells which part of the builder's memory is to be compressed.
   *
   * @param builder The batch.
   * @returns The part; it borrows from the builder.
   */
  pack(builder: BatchBuilder): PackedBatch;
  /**
   * Sends what was packed and compressed, or drops it.
   *
   * @param packed What `pack` returned.
   * @param result What compression made of it; for the codec `none` what was packed itself.
   * @returns Bytes that were sent; 0 if it was dropped.
   */
  sendPacked(packed: PackedBatch, result: CompressionResult): number;
  /**
   * Tells every receiver the totals, as far as the format can.
   *
   * @param last Whether the sender ends.
   */
  sendTotals(last: boolean): void;
}

/**
 * Notes which packets are in a batch.
 *
 * @param batch The batch.
 * @returns A copy, without the packets.
 */
export function manifestOf(batch: PacketBatch): BatchManifest {
  const { packets, runs, contexts } = batch;
  return { packets, runs: runs.slice(), contexts };
}
