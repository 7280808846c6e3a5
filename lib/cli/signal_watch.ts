/** Signals that programs heed. */
export type WatchedSignal = "SIGINT" | "SIGTERM" | "SIGUSR1" | "SIGHUP";

/** What a process can do about signals: `Deno` itself, or a fake in tests. */
export interface SignalHost {
  /** Calls `handler` at each `signal` from now on. */
  addSignalListener(signal: WatchedSignal, handler: () => void): void;
  /** Undoes one such call. */
  removeSignalListener(signal: WatchedSignal, handler: () => void): void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** What else happens on signals. */
export interface SignalWatchOptions {
  /** Called on SIGUSR1: print the totals. */
  onReport?: () => void;
  /** Called on SIGHUP: read keys again. Without it, SIGHUP does what it always does. */
  onReload?: () => void;
}

/** By convention of shells, a process that a signal ended exits with this plus the signal's number. */
const SIGNAL_EXIT = 128;
const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Heeds signals: the first SIGINT or SIGTERM asks the program to finish what is in hand, the second one of either ends it at once.
 *
 * Disposing stops heeding them; the signals then do what they always do.
 */
export class SignalWatch implements Disposable {
  readonly #host: SignalHost;
  readonly #controller = new AbortController();
  readonly #handlers: [WatchedSignal, () => void][] = [];

  /**
   * Starts heeding signals.
   *
   * @param host What does it for the process.
   * @param options What else happens.
   */
  constructor(host: SignalHost, options: SignalWatchOptions = {}) {
    this.#host = host;
    const { onReport, onReload } = options;
    this.#listen("SIGINT", () => this.#stop("SIGINT"));
    this.#listen("SIGTERM", () => this.#stop("SIGTERM"));
    if (onReport !== undefined) this.#listen("SIGUSR1", onReport);
    if (onReload !== undefined) this.#listen("SIGHUP", onReload);
  }

  /** Aborted, with the signal's name as its reason, when the program should finish. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Heeds SIGHUP from now on, where {@linkcode SignalWatchOptions.onReload} was not given.
   *
   * @param onReload Called at each.
   */
  reloadWith(onReload: () => void): void {
    this.#listen("SIGHUP", onReload);
  }

  /** Stops heeding signals; more than once is fine. */
  [Symbol.dispose](): void {
    for (const [signal, handler] of this.#handlers.splice(0)) {
      this.#host.removeSignalListener(signal, handler);
    }
  }

  #listen(signal: WatchedSignal, handler: () => void): void {
    this.#host.addSignalListener(signal, handler);
    this.#handlers.push([signal, handler]);
  }

  #stop(signal: keyof typeof SIGNAL_NUMBERS): void {
    if (this.signal.aborted) {
      this.#host.exit(SIGNAL_EXIT + SIGNAL_NUMBERS[signal]);
    } else {
      this.#controller.abort(signal);
    }
  }
}
