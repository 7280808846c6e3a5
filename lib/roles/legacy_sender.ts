import type { BatchBuilder } from "../batch_builder.ts";
import type { SenderLedger } from "../metrics/sender_ledger.ts";
import { type PacketBatch, RUN } from "../packet.ts";
import { RECORD } from "../pcap/constants.ts";
import { LegacyPacketEncoder } from "../wire/legacy_encoder.ts";
import {
  type BatchManifest,
  type BatchSender,
  manifestOf,
  type PackedBatch,
} from "./batch_sender.ts";
import type { CompressionResult } from "./compressor.ts";
import type { FrameOutlet } from "./frame_sender.ts";

/**
 * Sends packets as the Python original did, for receivers that are still old: a message a packet, or a compressed message a batch.
 *
 * These messages carry no metadata, no numbers and no totals.
 */
export class LegacySender implements BatchSender {
  readonly #outlets: readonly FrameOutlet[];
  readonly #ledger: SenderLedger;
  readonly #encoder: LegacyPacketEncoder;
  #next = 0;

  /**
   * Makes a sender.
   *
   * @param outlets One per endpoint.
   * @param options Where to book, and whether messages are marked as the original's rate control marks them.
   */
  constructor(
    outlets: readonly FrameOutlet[],
    { ledger, marked }: { ledger: SenderLedger; marked: boolean },
  ) {
    this.#outlets = outlets;
    this.#ledger = ledger;
    this.#encoder = new LegacyPacketEncoder({ marked });
  }

  /** Whether the next message would be sent. */
  get hasRoom(): boolean {
    return this.#outlets.some(({ hasRoom }) => hasRoom);
  }

  /**
   * Sends the packets of a batch, one message each, and drops those that no endpoint takes.
   *
   * @param builder The batch; it is the caller's again when this returns.
   * @returns Bytes that were sent.
   */
  send(builder: BatchBuilder): number {
    return this.sendBatch(builder.build());
  }

  /**
   * Sends the packets of a batch, one message each, and drops those that no endpoint takes.
   *
   * @param batch The batch.
   * @returns Bytes that were sent.
   */
  sendBatch(batch: PacketBatch): number {
    return this.#sendRecords(batch.records, batch);
  }

  /**
   * Closes a batch: what is to be compressed are its records.
   *
   * @param builder The batch.
   * @returns The records, borrowed from the builder.
   */
  pack(builder: BatchBuilder): PackedBatch {
    return {
      bytes: builder.bytes,
      start: builder.start,
      end: builder.end,
      shape: undefined,
      manifest: manifestOf(builder.build()),
    };
  }

  /**
   * Sends a compressed batch as one message, or an uncompressed one as a message a packet.
   *
   * @param packed What it was before compression.
   * @param result The message, or the records.
   * @returns Bytes that were sent.
   */
  sendPacked(
    { manifest }: PackedBatch,
    { buffer, start, end, codec }: CompressionResult,
  ): number {
    const bytes = new Uint8Array(buffer, start, end - start);
    if (codec === "none") return this.#sendRecords(bytes, manifest);
    const sent = this.#trySend(bytes);
    this.#ledger.book(manifest, sent ? "sent" : "queue_dropped");
    return sent ? bytes.byteLength : 0;
  }

  /** The original has no way to tell totals. */
  sendTotals(): void {}

  #sendRecords(records: Uint8Array, { runs, contexts }: BatchManifest): number {
    const { buffer, byteOffset, byteLength } = records;
    const view = new DataView(buffer, byteOffset, byteLength);
    const bytesBefore = this.#ledger.sentBytes;
    let offset = 0;
    for (let at = 0; at < runs.length; at += RUN.WORDS) {
      const group = contexts[runs[at + RUN.CONTEXT] ?? 0]?.group ?? 0;
      const totals = this.#ledger.group(group);
      for (let left = runs[at + RUN.PACKETS] ?? 0; left > 0; left--) {
        if (this.#trySend(this.#encoder.encode(view, offset))) totals.sent++;
        else totals.queue_dropped++;
        offset += RECORD.SIZE + view.getUint32(offset + RECORD.CAPTURED, true);
      }
    }
    return this.#ledger.sentBytes - bytesBefore;
  }

  /** Sends a message to the first endpoint that takes it, beginning with the one whose turn it is. */
  #trySend(message: Uint8Array<ArrayBuffer>): boolean {
    const count = this.#outlets.length;
    for (let turn = 0; turn < count; turn++) {
      const index = (this.#next + turn) % count;
      if (this.#outlets[index]?.trySend(message) !== true) continue;
      this.#next = (index + 1) % count;
      this.#ledger.sentBytes += message.byteLength;
      this.#ledger.sentFrames++;
      return true;
    }
    return false;
  }
}
