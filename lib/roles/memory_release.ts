import type { CancelTimer, Timers } from "./timers.ts";

/** How often it is given back, in milliseconds: less than 0.1 % of that is spent on it, and on getting again what is needed again. */
const INTERVAL = 10_000;

/** Gives back what a program needed for a moment only: to open everything, to compile its code, to answer a large question. */
export class MemoryRelease implements Disposable {
  readonly #cancel: CancelTimer;

  /**
   * Gives back what is free now, and again every ten seconds.
   *
   * @param release Gives back what is free.
   * @param timers What tells the time.
   */
  constructor(release: () => void, timers: Pick<Timers, "every">) {
    release();
    this.#cancel = timers.every(INTERVAL, release);
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.#cancel();
  }
}
