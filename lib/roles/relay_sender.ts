import type {
  RelayDrops,
  RelayLane,
  RelayLedger,
} from "../metrics/relay_ledger.ts";
import type { FrameHeader } from "../wire/frame_header.ts";
import { type BodySpan, putHeader } from "../wire/frame_parts.ts";
import type { FrameOutlet } from "./frame_sender.ts";

/** A frame that a relay hands on, and what it is booked under. */
export interface RelayedFrame {
  /** Its header as it came. */
  readonly header: FrameHeader;
  /** Its lane. */
  readonly lane: RelayLane;
  /** What relays before this one dropped before it. */
  readonly upstream: RelayDrops;
}

/** Hands frames on under the names and numbers that they came with, and books what becomes of them. */
export class RelaySender {
  readonly #outlet: FrameOutlet;
  readonly #ledger: RelayLedger;

  /**
   * Makes a sender.
   *
   * @param outlet Where to send.
   * @param ledger Where to book.
   */
  constructor(outlet: FrameOutlet, ledger: RelayLedger) {
    this.#outlet = outlet;
    this.#ledger = ledger;
  }

  /**
   * Sends a frame, or drops it and books it as dropped.
   *
   * @param frame Where it comes from.
   * @param header Its header as it goes, but for what relays say.
   * @param body Its body, with room for the header before it.
   * @returns Bytes that were sent; 0 if it was dropped.
   */
  send(frame: RelayedFrame, header: FrameHeader, body: BodySpan): number {
    const { lane, upstream } = frame;
    const relay = lane.totals(upstream);
    const message = putHeader(body, { ...header, relay });
    const size = message.byteLength;
    // What rate control has left out of the frame counts from the next one on, as what it has sent does.
    const shed = frame.header.packets - header.packets;
    if (shed > 0) this.#ledger.bookDrop(lane, "rate", shed);
    if (!this.#outlet.trySend(message)) {
      this.#ledger.bookDrop(lane, "queue", header.packets);
      return 0;
    }
    this.#ledger.bookSent(header.packets, size);
    return size;
  }

  /**
   * Books a frame that rate control dropped. To be called when its turn to be sent has come.
   *
   * @param frame The frame.
   */
  drop({ header, lane }: RelayedFrame): void {
    this.#ledger.bookDrop(lane, "rate", header.packets);
  }
}
