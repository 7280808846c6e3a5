import type { BatchBuilder } from "../batch_builder.ts";
import type { SenderLedger } from "../metrics/sender_ledger.ts";
import type { PacketBatch } from "../packet.ts";
import { LegacyPacketEncoder } from "../wire/legacy_encoder.ts";
import {
  type BatchManifest,
  type BatchSender,
  manifestOf,
  type PackedBatch,
} from "./batch_sender.ts";
import type { CompressionResult } from "./compressor.ts";
import type { FrameOutlet } from "./frame_sender.ts";
import { RecordCursor } from "./record_cursor.ts";

/**
 * Sends packets as the Python original did, for receivers that are still old: a message a packet, or a compressed message a batch.
 *
 * These messages carry no metadata, no numbers and no totals.
 */
export class LegacySender implements BatchSender {
  readonly #outlets: readonly FrameOutlet[];
  readonly #ledger: SenderLedger;
  readonly #encoder: LegacyPacketEncoder;
  readonly #patient: boolean;
  /** What could not be sent yet, where packets can wait. */
  #backlog: RecordCursor | undefined;
  #next = 0;

  /**
   * Makes a sender.
   *
   * @param outlets One per endpoint.
   * @param options Where to book, whether messages are marked as the original's rate control marks them, and whether the rest of a batch waits when there is no
   * room for all of it, in place of being dropped.
   */
  constructor(
    outlets: readonly FrameOutlet[],
    { ledger, marked, patient = false }: {
      ledger: SenderLedger;
      marked: boolean;
      patient?: boolean;
    },
  ) {
    this.#outlets = outlets;
    this.#ledger = ledger;
    this.#patient = patient;
    this.#encoder = new LegacyPacketEncoder({ marked });
  }

  /** Whether the next message would be sent. Sends what waits, if it can. */
  get hasRoom(): boolean {
    return this.isCaughtUp && this.#outlets.some(({ hasRoom }) => hasRoom);
  }

  /** Whether nothing waits, after what waits was sent as far as there is room. */
  get isCaughtUp(): boolean {
    if (this.#backlog !== undefined) this.#proceed(this.#backlog);
    return this.#backlog === undefined;
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
    const sent = this.isCaughtUp && this.#trySend(bytes);
    this.#ledger.book(manifest, sent ? "sent" : "queue_dropped");
    return sent ? bytes.byteLength : 0;
  }

  /**
   * Drops what still waits, at the end; the original has no way to tell totals.
   *
   * @param last Whether the sender ends.
   */
  sendTotals(last: boolean): void {
    if (last) this.giveUp();
  }

  /** Drops what still waits, and books it as dropped. */
  giveUp(): void {
    const backlog = this.#backlog;
    if (backlog === undefined) return;
    this.#backlog = undefined;
    for (; !backlog.isAtEnd; backlog.next()) {
      this.#ledger.group(backlog.group).queue_dropped++;
    }
  }

  #sendRecords(records: Uint8Array, batch: BatchManifest): number {
    if (!this.isCaughtUp) {
      this.#ledger.book(batch, "queue_dropped");
      return 0;
    }
    const bytesBefore = this.#ledger.sentBytes;
    this.#proceed(new RecordCursor(records, batch));
    return this.#ledger.sentBytes - bytesBefore;
  }

  /** Sends packets to the end, or where they can wait as far as there is room. */
  #proceed(cursor: RecordCursor): void {
    for (; !cursor.isAtEnd; cursor.next()) {
      const totals = this.#ledger.group(cursor.group);
      const message = this.#encoder.encode(cursor.view, cursor.offset);
      if (this.#trySend(message)) totals.sent++;
      else if (!this.#patient) totals.queue_dropped++;
      else {
        if (cursor !== this.#backlog) this.#backlog = cursor.copy();
        return;
      }
    }
    if (cursor === this.#backlog) this.#backlog = undefined;
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
