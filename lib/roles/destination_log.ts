import type { OutputState } from "../libc/output.ts";
import type { Logger } from "./logger.ts";
import { RateLimitedLogger } from "./rate_limited_logger.ts";

/** Least time between two warnings of one kind, in milliseconds. */
const WARNING_INTERVAL = 10_000;

/** Says what happens to a destination, and not too often. */
export class DestinationLog {
  readonly #logger: Logger;
  readonly #limited: RateLimitedLogger;
  readonly #name: string;
  #failing = false;

  /**
   * Says nothing yet.
   *
   * @param logger Where the lines go.
   * @param name What they call the destination.
   */
  constructor(logger: Logger, name: string) {
    this.#logger = logger;
    this.#name = name;
    this.#limited = new RateLimitedLogger(logger, {
      interval: WARNING_INTERVAL,
      now: () => performance.now(),
      kindOf: (message) => message,
    });
  }

  /** Nobody reads yet. */
  waiting(): void {
    this.#logger.info(`Waiting for a reader of ${this.#name}`);
  }

  /** A stream was begun. */
  begun(): void {
    this.works();
    this.#logger.debug(`A stream begins in ${this.#name}`);
  }

  /**
   * The reader left.
   *
   * @param unread Bytes it left unread.
   */
  cut(unread: number): void {
    this.#logger.debug(`A stream ends in ${this.#name}`);
    this.#limited.warn(
      `The reader of ${this.#name} left; the next one gets a stream of its own`,
      unread > 0 ? { unread_bytes: unread } : {},
    );
  }

  /**
   * Packets were dropped.
   *
   * @param state How it stands with the output, which is why.
   * @param limit Bytes that may wait.
   */
  dropped(state: OutputState, limit: number): void {
    this.#limited.warn(
      `Dropping the oldest packets for ${this.#name}: as many wait as the output buffer may hold (--output-buffer)`,
      { state, output_buffer_bytes: limit },
    );
  }

  /**
   * Something does not work.
   *
   * @param error What.
   */
  fault(error: Error): void {
    this.#failing = true;
    this.#limited.error(
      `${error.message}; packets wait in memory, and it is tried again`,
    );
  }

  /** What did not work, works. */
  works(): void {
    if (!this.#failing) return;
    this.#failing = false;
    this.#logger.info(`Writing to ${this.#name} works again`);
  }
}
