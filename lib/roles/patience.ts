import type { Pause } from "./pause.ts";

/** What a {@linkcode Patience} waits for. */
export interface PatienceOptions {
  /** Tells how much waits further on, in whatever unit. */
  waiting: () => number;
  /** From how much on to wait. */
  crowd: number;
  /** Waits for a time. */
  pause: Pause;
  /** Does what makes it less, if anything does; called at each look while it waits. @default {undefined} Nothing does. */
  help?: () => void;
}

/** Milliseconds that are waited in all, from when too much waits until it is less than half as much. */
const BUDGET = 50;

/** Milliseconds between two looks. */
const STEP = 2;

/**
 * Waits a moment when much waits further on, for those who could take more and would only make the queue longer.
 *
 * On a busy machine each thread stands still for some ten milliseconds now and then, in which many MiB come at full rate. They may as well lie where they
 * are, in a socket's buffer in the kernel that is there anyway, as in new memory of our own: measured on such a machine, resident memory peaks at 90 to 117
 * MiB in place of 103 to 149, and less is lost (docs/performance.md). Who is too slow for longer is not waited for: what comes then is for the queues,
 * which count what they drop.
 */
export class Patience {
  readonly #options: PatienceOptions;
  #left = BUDGET;

  /** @param options What to wait for. */
  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /**
   * Waits while much waits, but not for long.
   *
   * @returns Resolves when it is time to go on; undefined if that is now.
   */
  wait(): Promise<void> | undefined {
    const { waiting, crowd } = this.#options;
    const amount = waiting();
    if (amount < crowd / 2) this.#left = BUDGET;
    return amount >= crowd && this.#left > 0 ? this.#wait() : undefined;
  }

  async #wait(): Promise<void> {
    const { waiting, crowd, pause, help } = this.#options;
    do {
      this.#left -= STEP;
      await pause(STEP);
      help?.();
    } while (this.#left > 0 && waiting() >= crowd);
  }
}
