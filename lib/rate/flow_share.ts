/** Numbers a hash can have. */
const HASHES = 2 ** 32;
/** Where in the allowed rate the share is set to, so that what varies a little still fits. */
const TARGET = 0.95;
/** Part of the allowed rate below which more flows are let pass. */
const SPARE = 0.8;
/** How many times more flows are let pass in one step: each joins in its middle, and the next ones may be larger. */
const LARGEST_STEP = 2;

/** What the share of flows is set by, all in bytes a second. */
export interface FlowRates {
  /** What may go out. */
  allowed: number;
  /** What goes out of the flows that pass. */
  kept: number;
  /** What would go out if all flows passed. */
  whole: number;
}

/**
 * Chooses which flows pass when not all can.
 *
 * Each flow has a number, its hash, and those below a limit pass. As the limit sinks some flows end and the others are not touched, so that a few
 * connections stay whole where dropping at random would tear all of them.
 *
 * @example Half of the flows, where half of the bytes may go out
 * ```ts
 * import assert from "node:assert/strict";
 * import { FlowShare } from "./flow_share.ts";
 *
 * const flows = new FlowShare();
 * assert(flows.keeps(2 ** 32 - 1));
 * flows.lower({ allowed: 500, kept: 1000, whole: 1000 });
 * assert(flows.share <= 0.5);
 * assert(!flows.keeps(2 ** 32 - 1));
 * assert(flows.keeps(0));
 * ```
 */
export class FlowShare {
  #share = 1;
  #limit = HASHES;

  /** Which part of all flows passes, 0 to 1. */
  get share(): number {
    return this.#share;
  }

  /**
   * Tells whether a flow passes.
   *
   * @param hash The flow's number, 0 to 2^32 - 1.
   * @returns Whether it does.
   */
  keeps(hash: number): boolean {
    return hash < this.#limit;
  }

  /**
   * Lets fewer flows pass.
   *
   * @param rates The rates while the present share passed.
   */
  lower({ allowed, kept }: FlowRates): void {
    if (kept > allowed) this.#set(this.#share * TARGET * allowed / kept);
  }

  /**
   * Lets more flows pass if there is room for them.
   *
   * @param rates The rates while the present share passed.
   */
  raise({ allowed, kept, whole }: FlowRates): void {
    if (this.#share === 1) return;
    if (whole <= TARGET * allowed) this.#set(1);
    else if (kept < SPARE * allowed) {
      const step = kept > 0 ? TARGET * allowed / kept : LARGEST_STEP;
      this.#set(
        Math.max(this.#share, 1 / HASHES) * Math.min(step, LARGEST_STEP),
      );
    }
  }

  #set(share: number): void {
    this.#share = Math.min(share, 1);
    this.#limit = Math.ceil(this.#share * HASHES);
  }
}
