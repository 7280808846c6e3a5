import type { StatsReport } from "../metrics/stats_report.ts";
import type { StatsdCounts, StatsdMetric } from "../metrics/statsd_counts.ts";
import type { Logger } from "./logger.ts";
import { RateLimitedLogger } from "./rate_limited_logger.ts";
import type { CancelTimer, Timers } from "./timers.ts";

/** Where numbers go: a statsd server. */
export interface StatsdClient {
  /**
   * Sends numbers, in few datagrams.
   *
   * @param metrics The numbers.
   * @throws {Error} If they could not be sent; whether somebody received them is never known.
   */
  send(metrics: readonly StatsdMetric[]): Promise<void>;
}

/** What a {@linkcode StatsdReporter} works on. */
export interface StatsdReporterOptions {
  /** Makes the numbers, as they are now. */
  readonly report: () => StatsReport;
  /** Makes of them what is told. */
  readonly counts: StatsdCounts;
  /** Takes them. */
  readonly client: StatsdClient;
  /** How often, in milliseconds. */
  readonly interval: number;
  /** Does things later. */
  readonly timers: Timers;
  /** The time in milliseconds, of a clock that nobody sets. */
  readonly monotonic: () => number;
  /** Told when numbers cannot be sent, once in ten minutes. */
  readonly logger: Logger;
}

/** Least time between two warnings, in milliseconds. */
const WARNING_INTERVAL = 600_000;

/** How long the last numbers may take, in milliseconds. */
const LAST_BOUND = 1000;

/**
 * Tells a statsd server the numbers, now and then and at the end.
 *
 * It never throws and never has more than one flush under way: while a name does not resolve or a server does not take them, increments add up and go
 * with the next flush that works.
 */
export class StatsdReporter implements AsyncDisposable {
  readonly #options: StatsdReporterOptions;
  readonly #logger: Logger;
  readonly #cancel: CancelTimer;
  #flushing: Promise<void> | undefined;

  /**
   * Begins telling.
   *
   * @param options What it works on.
   */
  constructor(options: StatsdReporterOptions) {
    this.#options = options;
    this.#logger = new RateLimitedLogger(options.logger, {
      interval: WARNING_INTERVAL,
      now: options.monotonic,
    });
    this.#cancel = options.timers.every(
      options.interval,
      () => void this.flush(),
    );
  }

  /** Tells the numbers now, unless that is under way already. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => this.#flushing = undefined);
    return this.#flushing;
  }

  /** Tells the last numbers, within a second, and stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancel();
    const { timers } = this.#options;
    let cancelBound: CancelTimer = () => {};
    const bound = new Promise<void>((resolve) => {
      cancelBound = timers.after(LAST_BOUND, resolve);
    });
    const last = async (): Promise<void> => {
      await this.#flushing;
      await this.flush();
    };
    await Promise.race([last(), bound]);
    cancelBound();
  }

  async #flush(): Promise<void> {
    const { report, counts, client } = this.#options;
    try {
      const metrics = counts.changes(report());
      if (metrics.length > 0) await client.send(metrics);
      counts.commit();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.warn(
        `Cannot send counters to statsd: ${reason}; they go with the next that can be sent`,
      );
    }
  }
}
