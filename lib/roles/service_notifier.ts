import { formatStatus, type Totals } from "../metrics/status_text.ts";
import type { Timers } from "./timers.ts";

/** How often the status is told, in milliseconds. */
const STATUS_INTERVAL = 5000;

/** What a {@linkcode ServiceNotifier} needs. */
export interface ServiceNotifierOptions {
  /** Tells the service manager something, without waiting. */
  send: (state: string) => void;
  /** Gives the totals as they are now. */
  totals: () => Totals;
  /** Does things later. */
  timers: Timers;
  /** The time, in milliseconds, from a clock that is never set. */
  monotonic: () => number;
  /** How long the service manager waits for a sign of life, in milliseconds; undefined if it does not. */
  watchdog?: number;
}

/**
 * Tells the service manager that the program is ready, how it fares, and that it lives.
 *
 * Signs of life come from a timer of the event loop, so a program whose loop hangs sends none.
 */
export class ServiceNotifier implements Disposable {
  readonly #options: ServiceNotifierOptions;
  readonly #cancel: (() => void)[] = [];
  #before: Totals = {};
  #then: number;
  #ready = false;

  /** @param options What it needs. */
  constructor(options: ServiceNotifierOptions) {
    this.#options = options;
    this.#then = options.monotonic();
    const { timers, send, watchdog } = options;
    if (watchdog === undefined) return;
    // Twice as often as needed, as sd_watchdog_enabled(3) advises.
    this.#cancel.push(
      timers.every(watchdog / 2, () => send("WATCHDOG=1")),
    );
  }

  /**
   * Says that the program does what it is there for. Only the first time counts.
   *
   * @param message What it says of itself, on one line.
   */
  ready(message: string): void {
    if (this.#ready) return;
    this.#ready = true;
    const { send, timers, totals, monotonic } = this.#options;
    this.#before = totals();
    this.#then = monotonic();
    send(`READY=1\nSTATUS=${message}`);
    this.#cancel.push(timers.every(STATUS_INTERVAL, () => this.#tell()));
  }

  /** Says that the program ends. */
  stopping(): void {
    this.#options.send("STOPPING=1\nSTATUS=Finishing what is in hand");
  }

  /** Ends the timers. More than once is fine. */
  [Symbol.dispose](): void {
    for (const cancel of this.#cancel.splice(0)) cancel();
  }

  #tell(): void {
    const { send, totals, monotonic } = this.#options;
    const [now, time] = [totals(), monotonic()];
    const status = formatStatus(now, this.#before, time - this.#then);
    this.#before = { ...now };
    this.#then = time;
    send(`STATUS=${status}`);
  }
}
