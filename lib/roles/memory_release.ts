import type { CancelTimer, Timers } from "./timers.ts";

/** Memory that a program holds and does not use. */
export interface FreeMemory {
  /** Gives it back to the system. */
  release(): void;
}

/** How often it is given back, in milliseconds: less than 0.1 % of that is spent on it, and on getting again what is needed again. */
const INTERVAL = 10_000;

/** Gives back what a program needed for a moment only: to open everything, to compile its code, to answer a large question. */
export class MemoryRelease implements Disposable {
  readonly #cancel: CancelTimer;

  /**
   * Gives back what is free now, and again every ten seconds.
   *
   * @param memory What is free.
   * @param timers What tells the time.
   */
  constructor(memory: FreeMemory, timers: Pick<Timers, "every">) {
    memory.release();
    this.#cancel = timers.every(INTERVAL, () => memory.release());
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.#cancel();
  }
}
