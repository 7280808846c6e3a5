import type { GroupTotals } from "../packet.ts";

/** What is counted of one group, and the sequence number its next packet should have. */
export interface GroupState {
  /** The counts. */
  readonly totals: GroupTotals;
  /** Sequence number of the next packet, 0 to 2^32 - 1; numbers begin at 0 with each bind. */
  nextSequence: number;
}

/** The state of each group of a capture. */
export class GroupStates {
  readonly #states = new Map<number, GroupState>();
  readonly #totalsOf: (group: number) => GroupTotals;

  /** @param totalsOf Gives the counts of a group, always the same object. */
  constructor(totalsOf: (group: number) => GroupTotals) {
    this.#totalsOf = totalsOf;
  }

  /** Gives the state of a group, new if it was not there. */
  of(group: number): GroupState {
    let state = this.#states.get(group);
    if (state === undefined) {
      state = { totals: this.#totalsOf(group), nextSequence: 0 };
      this.#states.set(group, state);
    }
    return state;
  }
}
