import type { BatchBuilder } from "../batch_builder.ts";
import type { SenderLedger } from "../metrics/sender_ledger.ts";
import { encodeFrame, type FrameDetails, sealFrame } from "../wire/frame.ts";
import type { TotalsByGroup } from "../wire/frame_body.ts";
import { putHeader, sealBody } from "../wire/frame_parts.ts";
import {
  type BatchManifest,
  type BatchSender,
  manifestOf,
  type PackedBatch,
} from "./batch_sender.ts";
import type { CompressionResult } from "./compressor.ts";

/** Where frames go: a socket that is connected to one receiver. */
export interface FrameOutlet {
  /**
   * Sends a message, without waiting.
   *
   * @param message The message; it is copied, or was sent when this returns.
   * @returns Whether it was taken; false at the high-water mark.
   */
  trySend(message: Uint8Array<ArrayBuffer>): boolean;
  /** Whether the next message would be taken. */
  readonly hasRoom: boolean;
}

/** Who sends. */
export interface SenderIdentity {
  /** The sensor's name, as `sanitizeSensorName` leaves it. */
  sensor: string;
  /** Random number of this run. */
  instance: bigint;
}

/** One endpoint, and what was sent there. */
interface Lane {
  readonly outlet: FrameOutlet;
  readonly index: number;
  /** Packets sent. */
  packets: number;
  /** Frames sent. */
  frames: number;
}

const NO_RELAY = {
  relay: 0n,
  relay_rate_dropped: 0,
  relay_queue_dropped: 0,
} as const;

const NO_PACKETS = {
  packets: 0,
  records: new Uint8Array(0),
  nanoseconds: undefined,
  runs: new Uint32Array(0),
  contexts: [],
} as const;

/**
 * Sends batches as frames, each to one of several endpoints in turn, and books what becomes of them.
 *
 * Each endpoint has its own numbers and totals of packets sent, so that each receiver can tell what it missed. An endpoint that is at its high-water
 * mark is passed over; when all are, the frame is dropped and its packets counted.
 */
export class FrameSender implements BatchSender {
  readonly #lanes: Lane[];
  readonly #identity: SenderIdentity;
  readonly #ledger: SenderLedger;
  readonly #now: () => number;
  #next = 0;

  /**
   * @param outlets One per endpoint.
   * @param ledger Where to book.
   * @param identity Who sends.
   * @param now The time in microseconds since 1970.
   */
  constructor(
    outlets: readonly FrameOutlet[],
    { ledger, identity, now }: {
      ledger: SenderLedger;
      identity: SenderIdentity;
      now: () => number;
    },
  ) {
    this.#lanes = outlets.map((outlet, index) => ({
      outlet,
      index,
      packets: 0,
      frames: 0,
    }));
    this.#ledger = ledger;
    this.#identity = identity;
    this.#now = now;
  }

  /** Whether the next batch would be sent. */
  get hasRoom(): boolean {
    return this.#lanes.some(({ outlet }) => outlet.hasRoom);
  }

  /**
   * Sends a batch, or drops it and books it as dropped.
   *
   * @param builder The batch; it is the caller's again when this returns.
   * @returns Bytes that were sent; 0 if it was dropped.
   */
  send(builder: BatchBuilder): number {
    return this.#sendInTurn(
      builder.build(),
      (details) => sealFrame(builder, details),
    );
  }

  /**
   * Closes a batch: what is to be compressed is the body of its frame. The header is written when it is sent.
   *
   * @param builder The batch; `MAX_HEADER_SIZE` bytes must be free before its start.
   * @returns The body, borrowed from the builder.
   */
  pack(builder: BatchBuilder): PackedBatch {
    return { ...sealBody(builder), manifest: manifestOf(builder.build()) };
  }

  /**
   * Sends a body as a frame, or drops it and books it as dropped.
   *
   * @param packed What it was before compression.
   * @param result The body, with room for a header before it.
   * @returns Bytes that were sent; 0 if it was dropped.
   */
  sendPacked(packed: PackedBatch, result: CompressionResult): number {
    const { manifest, shape } = packed;
    if (shape === undefined) {
      throw new TypeError("Cannot send a body: no frame was packed");
    }
    const { buffer, start, end, codec } = result;
    const span = { bytes: new Uint8Array(buffer), start, end };
    return this.#sendInTurn(
      manifest,
      (details) => putHeader(span, { ...details, ...shape, codec }),
    );
  }

  /** Sends a message to the first endpoint that takes it, beginning with the one whose turn it is. */
  #sendInTurn(
    batch: BatchManifest,
    makeMessage: (details: FrameDetails) => Uint8Array<ArrayBuffer>,
  ): number {
    for (let turn = 0; turn < this.#lanes.length; turn++) {
      const lane = this.#lanes[(this.#next + turn) % this.#lanes.length];
      if (lane === undefined) break;
      const message = makeMessage(this.#details(lane, false));
      if (!this.#trySend(lane, message, batch.packets)) continue;
      this.#next = (lane.index + 1) % this.#lanes.length;
      this.#ledger.book(batch, "sent");
      return message.byteLength;
    }
    this.#ledger.book(batch, "queue_dropped");
    return 0;
  }

  /**
   * Tells every receiver the totals, in a frame without packets; one that is at its high-water mark is passed over.
   *
   * @param last Whether the sender ends.
   */
  sendTotals(last: boolean): void {
    const groups: TotalsByGroup = this.#ledger.groups;
    for (const lane of this.#lanes) {
      const details = this.#details(lane, last);
      this.#trySend(lane, encodeFrame(NO_PACKETS, details, groups), 0);
    }
  }

  #trySend(
    lane: Lane,
    message: Uint8Array<ArrayBuffer>,
    packets: number,
  ): boolean {
    if (!lane.outlet.trySend(message)) return false;
    lane.packets += packets;
    lane.frames++;
    this.#ledger.sentBytes += message.byteLength;
    this.#ledger.sentFrames++;
    return true;
  }

  #details(lane: Lane, last: boolean): FrameDetails {
    return {
      ...this.#identity,
      number: lane.frames,
      lane: lane.index,
      totals: { ...this.#ledger.totals, sent: lane.packets },
      relay: NO_RELAY,
      madeAt: this.#now(),
      last,
    };
  }
}
