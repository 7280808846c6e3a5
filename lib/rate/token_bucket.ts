/** How a {@linkcode TokenBucket} fills. */
export interface TokenBucketOptions {
  /** Bytes that come in each second, above 0. */
  rate: number;
  /** Bytes that it holds when it is full, which it is at first. @default {rate} One second's worth. */
  burst?: number;
}

/**
 * Lets a rate through on the long run, and bursts of a second's worth.
 *
 * It goes into debt: what is larger than the bucket passes too, and what comes after it waits for as much longer. So in any time `t` no more than
 * `rate * t`, one burst and one item pass.
 */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  #level: number;
  #filledAt: number;

  /**
   * Makes a full bucket.
   *
   * @param options How it fills.
   * @param now The time, in milliseconds.
   */
  constructor(options: TokenBucketOptions, now: number) {
    this.#rate = options.rate;
    this.#burst = options.burst ?? options.rate;
    this.#level = this.#burst;
    this.#filledAt = now;
  }

  /**
   * Tells how much it holds.
   *
   * @param now The time, in milliseconds.
   * @returns A share of the full bucket: 1 is full, 0 is empty, below is debt.
   */
  fill(now: number): number {
    return this.level(now) / this.#burst;
  }

  /**
   * Tells how much it holds.
   *
   * @param now The time, in milliseconds.
   * @returns Bytes; what is to pass needs more than 0. Below 0 is debt.
   */
  level(now: number): number {
    const elapsed = Math.max(now - this.#filledAt, 0);
    this.#filledAt = Math.max(now, this.#filledAt);
    this.#level = Math.min(
      this.#level + this.#rate * elapsed / 1000,
      this.#burst,
    );
    return this.#level;
  }

  /**
   * Takes out what passed.
   *
   * @param bytes How many; more than there is makes debt.
   */
  take(bytes: number): void {
    this.#level -= bytes;
  }
}
