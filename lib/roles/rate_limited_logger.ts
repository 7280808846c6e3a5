import type { Logger, LogProperties } from "./logger.ts";

/** How often a {@linkcode RateLimitedLogger} speaks. */
export interface RateLimitOptions {
  /** Least time between two lines of one kind, in milliseconds. */
  interval: number;
  /** A clock that nobody sets, in milliseconds. */
  now: () => number;
  /**
   * Lines of one kind that pass in an interval, at least 1.
   *
   * @default {1}
   */
  burst?: number;
  /**
   * Tells of what kind a line is, such that one kind does not silence another. Kinds are remembered: they must be few, and not come from
   * elsewhere.
   *
   * @default {() => "any"}
   */
  kindOf?: (message: string, properties: LogProperties) => string;
  /**
   * Whether lines of what is as it should be are limited too, where others can cause them.
   *
   * @default {false}
   */
  limitsInfo?: boolean;
}

/** What is remembered of one kind of line. */
interface Kind {
  /** When the interval began: with a line of it that was logged. */
  beganAt: number;
  /** Lines that were logged since. */
  logged: number;
  /** Lines that were left out since. */
  suppressed: number;
}

/**
 * Lets one warning or error of a kind through in an interval, or as many as it is told, with the number of those that were left out since the last one (`suppressed`). What is
 * below a warning passes as it is, unless told otherwise.
 */
export class RateLimitedLogger implements Logger {
  readonly #logger: Logger;
  readonly #options: Required<RateLimitOptions>;
  readonly #kinds = new Map<string, Kind>();

  /**
   * Makes a logger that limits another one.
   *
   * @param logger Where lines go.
   * @param options How often.
   */
  constructor(logger: Logger, options: RateLimitOptions) {
    this.#logger = logger;
    this.#options = {
      kindOf: () => "any",
      limitsInfo: false,
      burst: 1,
      ...options,
    };
  }

  /** Passes the line on. */
  debug(message: string, properties?: LogProperties): void {
    this.#logger.debug(message, properties);
  }

  /** Passes the line on, unless such lines are limited and one of its kind was within the interval. */
  info(message: string, properties?: LogProperties): void {
    if (this.#options.limitsInfo) this.#limit("info", message, properties);
    else this.#logger.info(message, properties);
  }

  /** Passes the line on, unless one of its kind was within the interval. */
  warn(message: string, properties?: LogProperties): void {
    this.#limit("warn", message, properties);
  }

  /** Passes the line on, unless one of its kind was within the interval. */
  error(message: string, properties?: LogProperties): void {
    this.#limit("error", message, properties);
  }

  #limit(
    level: "info" | "warn" | "error",
    message: string,
    properties: LogProperties = {},
  ): void {
    const { interval, burst, now, kindOf } = this.#options;
    const kind = kindOf(message, properties);
    const time = now();
    const known = this.#kinds.get(kind);
    if (known !== undefined && time - known.beganAt < interval) {
      if (known.logged >= burst) known.suppressed++;
      else {
        known.logged++;
        this.#logger[level](message, properties);
      }
      return;
    }
    this.#kinds.set(kind, { beganAt: time, logged: 1, suppressed: 0 });
    const suppressed = known?.suppressed ?? 0;
    this.#logger[level](
      message,
      suppressed === 0 ? properties : { ...properties, suppressed },
    );
  }
}
