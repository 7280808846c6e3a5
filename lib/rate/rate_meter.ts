/** Shortest time that a rate is measured over, in milliseconds; what comes in less counts as if it had taken that long. */
const SHORTEST = 1;

/** Measures a rate: how many bytes there were since a time, by a clock of the caller. */
export class RateMeter {
  #since: number;
  #bytes = 0;

  /**
   * Starts to measure.
   *
   * @param now The time, in milliseconds.
   */
  constructor(now: number) {
    this.#since = now;
  }

  /** Bytes since the start. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Counts.
   *
   * @param bytes How many, 0 or more.
   */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /**
   * Tells how long it has measured.
   *
   * @param now The time, in milliseconds.
   * @returns Milliseconds since the start.
   */
  elapsed(now: number): number {
    return now - this.#since;
  }

  /**
   * Tells the rate since the start.
   *
   * @param now The time, in milliseconds.
   * @returns Bytes a second.
   *
   * @example Half a second
   * ```ts
   * import assert from "node:assert/strict";
   * import { RateMeter } from "./rate_meter.ts";
   *
   * const meter = new RateMeter(0);
   * meter.add(1000);
   * assert.equal(meter.rate(500), 2000);
   * ```
   */
  rate(now: number): number {
    return this.#bytes * 1000 / Math.max(this.elapsed(now), SHORTEST);
  }

  /**
   * Starts anew.
   *
   * @param now The time, in milliseconds.
   */
  restart(now: number): void {
    this.#since = now;
    this.#bytes = 0;
  }
}
