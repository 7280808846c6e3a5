import { type GroupTotals, type PacketBatch, RUN } from "../packet.ts";
import { RECORD } from "../pcap/constants.ts";
import type { SenderTotals } from "../wire/frame_header.ts";

/** Which packets are in a batch. */
export type BatchRuns = Pick<PacketBatch, "runs" | "contexts">;

/** Where the packets of a batch went. */
export type Outcome = "sent" | "rate_dropped" | "queue_dropped";

/** Everything a sender counts, in packets unless a name says otherwise. */
export interface SendTotals extends SenderTotals {
  /** Bytes of the packets captured. */
  captured_bytes: number;
  /** Bytes of the frames handed to ZeroMQ. */
  sent_bytes: number;
  /** Frames handed to ZeroMQ. */
  sent_frames: number;
}

/** Makes the totals of a group that has seen nothing. */
export function emptyGroupTotals(): GroupTotals {
  return {
    captured: 0,
    captured_bytes: 0,
    own_dropped: 0,
    kernel_dropped: 0,
    rate_dropped: 0,
    queue_dropped: 0,
    sent: 0,
  };
}

/**
 * What a sender counts: each packet that the kernel logged is in exactly one counter of its group.
 *
 * `captured` is what was kept of what was read; of that, each packet ends as `sent`, `rate_dropped` or `queue_dropped`.
 */
export class SenderLedger {
  /** The counts of each group, by group. */
  readonly groups: Map<number, GroupTotals> = new Map();
  /** Bytes of the frames handed to ZeroMQ. */
  sentBytes = 0;
  /** Frames handed to ZeroMQ. */
  sentFrames = 0;

  /**
   * Gives the counts of a group; they go on counting.
   *
   * @param group NFLOG group.
   * @returns Its counts, all zero if it was not there.
   */
  group(group: number): GroupTotals {
    let totals = this.groups.get(group);
    if (totals === undefined) {
      totals = emptyGroupTotals();
      this.groups.set(group, totals);
    }
    return totals;
  }

  /**
   * Books where the packets of a batch went.
   *
   * @param batch The packets.
   * @param outcome Where they went.
   */
  book(batch: BatchRuns, outcome: Outcome): void {
    const { runs, contexts } = batch;
    for (let at = 0; at < runs.length; at += RUN.WORDS) {
      const context = contexts[runs[at + RUN.CONTEXT] ?? 0];
      if (context !== undefined) {
        this.group(context.group)[outcome] += runs[at + RUN.PACKETS] ?? 0;
      }
    }
  }

  /**
   * Books packets that rate control left out of a batch.
   *
   * @param before The batch as it was.
   * @param after What is left of it.
   */
  bookShed(before: BatchRuns, after: BatchRuns): void {
    this.book(before, "rate_dropped");
    const { runs, contexts } = after;
    for (let at = 0; at < runs.length; at += RUN.WORDS) {
      const context = contexts[runs[at + RUN.CONTEXT] ?? 0];
      if (context !== undefined) {
        this.group(context.group).rate_dropped -= runs[at + RUN.PACKETS] ?? 0;
      }
    }
  }

  /**
   * Books packets that were read from a file; a capture books its own.
   *
   * @param batch The packets; those of several groups share its bytes by their number.
   */
  bookReplayed(batch: PacketBatch): void {
    const bytes = batch.records.byteLength - batch.packets * RECORD.SIZE;
    const { runs, contexts } = batch;
    let left = bytes;
    for (let at = 0; at < runs.length; at += RUN.WORDS) {
      const totals = this.group(
        contexts[runs[at + RUN.CONTEXT] ?? 0]?.group ?? 0,
      );
      const packets = runs[at + RUN.PACKETS] ?? 0;
      const last = at + RUN.WORDS >= runs.length;
      const share = last ? left : Math.floor(bytes * packets / batch.packets);
      totals.captured += packets;
      totals.captured_bytes += share;
      left -= share;
    }
  }

  /** The sums over all groups. */
  get totals(): SendTotals {
    const sum = emptyGroupTotals();
    for (const totals of this.groups.values()) {
      sum.captured += totals.captured;
      sum.captured_bytes += totals.captured_bytes;
      sum.own_dropped += totals.own_dropped;
      sum.kernel_dropped += totals.kernel_dropped;
      sum.rate_dropped += totals.rate_dropped;
      sum.queue_dropped += totals.queue_dropped;
      sum.sent += totals.sent;
    }
    return {
      ...sum,
      sent_bytes: this.sentBytes,
      sent_frames: this.sentFrames,
    };
  }
}
