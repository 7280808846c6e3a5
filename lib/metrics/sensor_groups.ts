import { type GroupTotals, type PacketBatch, RUN } from "../packet.ts";
import type { TotalsByGroup } from "../wire/frame_body.ts";

/** What a receiver knows of one NFLOG group of one run of a sender, in packets. */
export interface SensorGroupTotals {
  /** Packets the sender captured, as last told; the next four likewise. */
  captured: number;
  /** Packets it left out as its own traffic. */
  own_dropped: number;
  /** Packets its kernel could not deliver to it. */
  kernel_dropped: number;
  /** Packets its rate control dropped. */
  rate_dropped: number;
  /** Packets it dropped at its high-water mark. */
  queue_dropped: number;
  /** Packets it is known to have sent here: the next three together. */
  sent: number;
  /** Packets it had sent before this receiver came to hear of it; where it was heard of late, with what was lost until it first told of its groups. */
  sent_before: number;
  /** Packets that arrived. */
  received: number;
  /** Packets that did not arrive, those that relays dropped among them: relays do not tell by group. */
  lost_in_transit: number;
  /** Packets that were written. */
  written: number;
  /** Packets dropped because nobody read, or not fast enough. */
  stalled_dropped: number;
}

/** The counts of one group that are made here. */
interface Group {
  told: GroupTotals | undefined;
  before: number;
  received: number;
  lost: number;
  written: number;
  dropped: number;
}

/** Groups that are counted apart: nobody logs to more, but a stranger could say so. */
const MOST_GROUPS = 1024;

/** Stands for all groups beyond these; no group has this number. */
const OTHERS = 65536;

/**
 * What a receiver books of the groups of one run of a sender.
 *
 * What arrives is counted by the runs of each batch. What was sent is told now and then; what is missing then was lost.
 */
export class SensorGroups {
  readonly #groups = new Map<number, Group>();

  #group(number: number): Group {
    const key = this.#groups.has(number) || this.#groups.size < MOST_GROUPS
      ? number
      : OTHERS;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = {
        told: undefined,
        before: 0,
        received: 0,
        lost: 0,
        written: 0,
        dropped: 0,
      };
      this.#groups.set(key, group);
    }
    return group;
  }

  /**
   * Books packets that arrived.
   *
   * @param batch The packets.
   */
  bookArrival(batch: PacketBatch): void {
    const { runs, contexts } = batch;
    for (let at = 0; at < runs.length; at += RUN.WORDS) {
      const context = contexts[runs[at + RUN.CONTEXT] ?? 0];
      this.#group(context?.group ?? 0).received += runs[at + RUN.PACKETS] ?? 0;
    }
  }

  /**
   * Books what became of packets that had arrived.
   *
   * @param batch The packets.
   * @param dropped How many of them were dropped: the last ones. The others were written.
   */
  bookOutcome(batch: PacketBatch, dropped: number): void {
    const { runs, contexts, packets } = batch;
    let toWrite = packets - dropped;
    for (let at = 0; at < runs.length; at += RUN.WORDS) {
      const length = runs[at + RUN.PACKETS] ?? 0;
      const group = this.#group(
        contexts[runs[at + RUN.CONTEXT] ?? 0]?.group ?? 0,
      );
      const written = Math.min(length, toWrite);
      group.written += written;
      group.dropped += length - written;
      toWrite -= written;
    }
  }

  /**
   * Books what the sender tells of its groups.
   *
   * @param totals What it tells.
   * @param options Whether it sends here alone, so that what it sent can be compared with what arrived; and whether it was heard from the beginning.
   */
  bookTold(
    totals: TotalsByGroup,
    { alone, fromStart }: { alone: boolean; fromStart: boolean },
  ): void {
    for (const [number, told] of totals) {
      const group = this.#group(number);
      const first = group.told === undefined;
      group.told = told;
      if (!alone) continue;
      const missing = told.sent - group.before - group.received;
      if (first && !fromStart) group.before = Math.max(missing, 0);
      else group.lost = Math.max(missing, 0);
    }
  }

  /** The totals of every group, by group, as they are now. */
  get totals(): Record<string, SensorGroupTotals> {
    return Object.fromEntries(
      [...this.#groups].map(([number, group]) => [number, totalsOf(group)]),
    );
  }
}

function totalsOf(group: Group): SensorGroupTotals {
  const { told, before, received, lost } = group;
  return {
    captured: told?.captured ?? 0,
    own_dropped: told?.own_dropped ?? 0,
    kernel_dropped: told?.kernel_dropped ?? 0,
    rate_dropped: told?.rate_dropped ?? 0,
    queue_dropped: told?.queue_dropped ?? 0,
    sent: before + received + lost,
    sent_before: before,
    received,
    lost_in_transit: lost,
    written: group.written,
    stalled_dropped: group.dropped,
  };
}
