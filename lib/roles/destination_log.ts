import type { OutputState } from "../libc/output.ts";
import type { Logger } from "./logger.ts";
import { RateLimitedLogger } from "./rate_limited_logger.ts";

/** Least time between two warnings of one kind, in milliseconds. */
const WARNING_INTERVAL = 10_000;

/** Who is told what happens to a destination. */
export interface DestinationLogOptions {
  /** Where to say what happens. */
  logger: Logger;
  /** Told when a reader of a stream has gone. */
  onReaderGone?: () => void;
}

/** Says what happens to a destination, and not too often. */
export class DestinationLog {
  readonly #logger: Logger;
  readonly #limited: RateLimitedLogger;
  readonly #onReaderGone: (() => void) | undefined;
  readonly #name: string;
  #failing = false;

  /**
   * Says nothing yet.
   *
   * @param options Who is told.
   * @param name What they call the destination.
   */
  constructor(options: DestinationLogOptions, name: string) {
    const { logger, onReaderGone } = options;
    this.#logger = logger;
    this.#onReaderGone = onReaderGone;
    this.#name = name;
    this.#limited = new RateLimitedLogger(logger, {
      interval: WARNING_INTERVAL,
      now: () => performance.now(),
      kindOf: (message) => message,
    });
  }

  /**
   * It is open.
   *
   * @param state How it stands with the output.
   * @param remark What its user should know of it, if anything.
   */
  opened(state: OutputState, remark: string | undefined): void {
    if (remark !== undefined) this.#logger.info(remark);
    if (state !== "waiting for a reader") return;
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
    // Whoever is told knows what to make of it.
    if (this.#onReaderGone !== undefined) return this.#onReaderGone();
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
