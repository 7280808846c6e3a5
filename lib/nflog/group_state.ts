import type { GroupTotals } from "../packet.ts";

/** What is counted of one group, and the sequence number its next packet should have. */
export interface GroupState {
  /** The counts. */
  readonly totals: GroupTotals;
  /** Sequence number of the next packet, 0 to 2^32 - 1; numbers begin at 0 with each bind. */
  nextSequence: number;
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

/** What is counted of each group of a capture. */
export class GroupStates {
  readonly #states = new Map<number, GroupState>();

  /** @param groups The groups to begin with. */
  constructor(groups: Iterable<number> = []) {
    for (const group of groups) this.of(group);
  }

  /** Gives the state of a group, new if it was not there. */
  of(group: number): GroupState {
    let state = this.#states.get(group);
    if (state === undefined) {
      state = { totals: emptyGroupTotals(), nextSequence: 0 };
      this.#states.set(group, state);
    }
    return state;
  }

  /** The totals of every group, by group; they go on counting. */
  get totals(): Map<number, GroupTotals> {
    return new Map(
      [...this.#states].map(([group, { totals }]) => [group, totals]),
    );
  }
}
