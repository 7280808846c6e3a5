/**
 * How often to look, in milliseconds. While chunks stream through, all but the last that the pipe can hold are given back without a look. Each look is a
 * wake-up: 50 a second took an eighth of the receiver's CPU time at 200,000 small packets/s (docs/performance.md).
 */
const INTERVAL = 250;

/** Looks now and then what the reader of a pipe has taken, while something is in it, so that it is given back also when nothing more comes. */
export class PipeLook {
  readonly #look: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param look Looks, and tells whether to look again. */
  constructor(look: () => boolean) {
    this.#look = look;
  }

  /** Begins, if it has not. */
  start(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#look()) this.start();
    }, INTERVAL);
  }

  /** Ends. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
