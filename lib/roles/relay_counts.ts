import type {
  ReceiverLedger,
  ReceiveTotals,
} from "../metrics/receiver_ledger.ts";
import type { RelayLedger } from "../metrics/relay_ledger.ts";
import type { SenderLedger } from "../metrics/sender_ledger.ts";

/** Everything a relay counts, in packets unless a name says otherwise: `received = sent + rate_dropped + queue_dropped`. */
export interface RelayCounts extends ReceiveTotals {
  /** Packets dropped by this relay's rate control. */
  rate_dropped: number;
  /** Packets dropped by this relay at its high-water mark. */
  queue_dropped: number;
  /** Packets handed on. */
  sent: number;
  /** Bytes of their messages. */
  sent_bytes: number;
  /** Their messages. */
  sent_frames: number;
}

/** Where a relay books: what arrives, frames that it hands on, and packets that it sends as its own or as the Python original's. */
export interface RelayLedgers {
  /** What arrives. */
  readonly received: ReceiverLedger;
  /** Frames that are handed on. */
  readonly relayed: RelayLedger;
  /** Packets that go out otherwise. */
  readonly own: SenderLedger;
}

/**
 * Adds up what a relay counts.
 *
 * @param ledgers Where it books.
 * @returns The sums, as they are now.
 */
export function countRelay(ledgers: RelayLedgers): RelayCounts {
  const { received, relayed, own } = ledgers;
  const { rate_dropped, queue_dropped, sent, sent_bytes, sent_frames } =
    own.totals;
  return {
    ...received.totals,
    rate_dropped: rate_dropped + relayed.dropped.rate,
    queue_dropped: queue_dropped + relayed.dropped.queue,
    sent: sent + relayed.sent,
    sent_bytes: sent_bytes + relayed.sentBytes,
    sent_frames: sent_frames + relayed.sentFrames,
  };
}
