import type { ReceiverLedger } from "../metrics/receiver_ledger.ts";
import type { Logger } from "./logger.ts";
import type { CancelTimer, Timers } from "./timers.ts";

/** What a {@linkcode SensorWatch} works on. */
export interface SensorWatchOptions {
  /** Knows the senders. */
  ledger: ReceiverLedger;
  /** Says who is not heard of any more, and who is again. */
  logger: Logger;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
}

/** How often senders are looked at, in milliseconds; there is one line about all of them at most. */
const LOOK_INTERVAL = 10_000;

/** Senders that are named in a line. */
const NAMED = 8;

/** The run of all senders of the Python original's messages, which tell nothing while they have nothing to send. */
const UNNUMBERED_RUN = "0".repeat(16);

/** Says when senders fall silent without a last word, and when they are heard of again. */
export class SensorWatch {
  readonly #options: SensorWatchOptions;
  #vanished: ReadonlySet<string> = new Set();

  /**
   * Knows of nobody yet.
   *
   * @param options What it works on.
   */
  constructor(options: SensorWatchOptions) {
    this.#options = options;
  }

  /**
   * Looks at all senders now and again.
   *
   * @param timers What does things later.
   * @returns Ends it.
   */
  start(timers: Pick<Timers, "every">): CancelTimer {
    return timers.every(LOOK_INTERVAL, () => this.look());
  }

  /** Looks at all senders. */
  look(): void {
    const { ledger, logger, monotonic } = this.#options;
    const now = monotonic();
    const vanished = new Set<string>();
    const back: string[] = [];
    for (const [key, sensor] of ledger.sensors) {
      if (sensor.instance === UNNUMBERED_RUN) continue;
      if (sensor.stateAt(now) === "vanished") vanished.add(key);
      else if (this.#vanished.has(key)) back.push(key);
    }
    const gone = [...vanished].filter((key) => !this.#vanished.has(key));
    this.#vanished = vanished;
    if (back.length > 0) {
      logger.info("Sensors are heard of again", name(back));
    }
    if (gone.length > 0) {
      logger.warn(
        "Sensors have fallen silent without a last word: they are down, or the way from them is",
        name(gone),
      );
    }
  }
}

function name(keys: readonly string[]): Record<string, string | number> {
  const sensors = keys.slice(0, NAMED).join(", ");
  return keys.length <= NAMED
    ? { sensors }
    : { sensors, more: keys.length - NAMED };
}
