import type { MonitorEvent } from "../zmq/monitor.ts";
import type { ConnectionEvents } from "./connection_watcher.ts";
import type { Timers } from "./timers.ts";

/** How often it is tried; milliseconds. */
export const READMISSION_PAUSE = { first: 1000, longest: 10_000 } as const;

/** What a {@linkcode Readmission} needs. */
export interface ReadmissionOptions {
  /**
   * Tries whether the other end lets this one in, by a connection that carries nothing.
   *
   * @returns Whether it does; false also when told to end.
   */
  readonly knock: (signal: AbortSignal) => Promise<boolean>;
  /** Connects again. */
  readonly enter: () => void;
  /** Waits. */
  readonly timers: Timers;
  /** Ends the tries. */
  readonly signal: AbortSignal;
  /** Told of an error that keeps it from being tried. */
  readonly onError: (error: unknown) => void;
}

/**
 * Comes back to an end that turned this one away, as ZeroMQ itself does not: its key may be on the allow list one day.
 *
 * It is tried by a connection apart, since what the socket has queued for a connection that is refused would be lost without being counted.
 */
export class Readmission {
  readonly #options: ReadmissionOptions;
  #running: Promise<void> | undefined;

  /**
   * Makes one that does nothing yet.
   *
   * @param options What it needs.
   */
  constructor(options: ReadmissionOptions) {
    this.#options = options;
  }

  /** Begins to try, unless it does already. The first pause is one second, and each is twice the one before, up to ten. */
  begin(): void {
    this.#running ??= this.#run().finally(() => this.#running = undefined);
  }

  /** Fulfilled when it is not tried any more; `signal` brings that about. */
  get ended(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  async #run(): Promise<void> {
    const { timers, signal } = this.#options;
    let pause: number = READMISSION_PAUSE.first;
    while (await this.#pause(pause, timers)) {
      if (await this.#knock() && (signal.aborted || this.#enter())) return;
      pause = Math.min(pause * 2, READMISSION_PAUSE.longest);
    }
  }

  #enter(): boolean {
    const { enter, onError } = this.#options;
    try {
      enter();
      return true;
    } catch (error) {
      onError(error);
      return false;
    }
  }

  async #knock(): Promise<boolean> {
    const { knock, onError, signal } = this.#options;
    try {
      return await knock(signal);
    } catch (error) {
      onError(error);
      return false;
    }
  }

  /** Waits; tells whether to go on. */
  #pause(milliseconds: number, timers: Timers): Promise<boolean> {
    const { signal } = this.#options;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(false);
      const stop = (): void => {
        cancel();
        resolve(false);
      };
      const cancel = timers.after(milliseconds, () => {
        signal.removeEventListener("abort", stop);
        resolve(true);
      });
      signal.addEventListener("abort", stop, { once: true });
    });
  }
}

/** What waiting for a verdict needs. */
export interface VerdictOptions {
  /** Waits until a descriptor is readable, or for a bounded time. */
  wait: (descriptor: number) => Promise<unknown>;
  /** Ends the wait. */
  signal: AbortSignal;
}

/**
 * Waits until the other end lets a connection in or turns it away.
 *
 * @param events What tells about the connection.
 * @param options What it needs.
 * @returns Whether it was let in; false also when told to end.
 */
export async function awaitVerdict(
  events: ConnectionEvents,
  { wait, signal }: VerdictOptions,
): Promise<boolean> {
  while (!signal.aborted) {
    const event = events.next();
    if (event === undefined) {
      await wait(events.fd);
      continue;
    }
    const verdict = verdictOf(event);
    if (verdict !== undefined) return verdict;
  }
  return false;
}

function verdictOf({ kind }: MonitorEvent): boolean | undefined {
  switch (kind) {
    case "handshake-succeeded":
      return true;
    case "handshake-refused":
    case "protocol-error":
    case "stopped":
      return false;
    default:
      return undefined;
  }
}
