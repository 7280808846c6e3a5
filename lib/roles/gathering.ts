/** How a {@linkcode Gathering} gathers. Amounts are of whatever is counted: packets, or bytes. */
export interface GatheringOptions {
  /** Amount in one look from which on there is a stream worth gathering. */
  stream: number;
  /** Amount that one look should find while there is a stream. */
  target: number;
}

/**
 * Longest pause, in milliseconds. Looking costs as much CPU time as some thousand small packets do, so at 200,000 packets/s a look every 20 ms takes a
 * third less in all than one every 5 ms (docs/performance.md). What comes meanwhile waits in a buffer that holds far more.
 */
const LONGEST = 20;

/** Shortest pause, in milliseconds. */
const SHORTEST = 2;

/**
 * Says how long to pause between two looks for what has arrived, so that while much arrives each look finds much.
 *
 * What comes alone is never followed by a pause, and the more there is, the shorter the pauses are.
 */
export class Gathering {
  readonly #options: GatheringOptions;
  #pause = SHORTEST;

  /** @param options When to gather, and how much. */
  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /**
   * Says how long to pause after a look.
   *
   * @param found How much it found.
   * @returns Milliseconds; 0 when there is no stream, so that the next arrival should be waited for.
   */
  pauseAfter(found: number): number {
    const { stream, target } = this.#options;
    if (found < stream) {
      this.#pause = SHORTEST;
      return 0;
    }
    if (found > target) this.#pause = Math.max(this.#pause / 2, SHORTEST);
    else if (found < target / 2) {
      this.#pause = Math.min(this.#pause * 2, LONGEST);
    }
    return this.#pause;
  }
}
