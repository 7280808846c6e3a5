import type { QueryProgress } from "../roles/query.ts";

/** What a {@linkcode ProgressLine} needs. */
export interface ProgressLineOptions {
  /** Writes to the terminal. */
  write: (text: string) => void;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
}

/** A short answer is there before anybody looks. Milliseconds. */
const DELAY = 500;
/** Least time between two looks of the line, in milliseconds. */
const INTERVAL = 200;
const MEBIBYTE = 1024 * 1024;
/** Back to the beginning of the line, which is cleared (ECMA-48, EL). */
const CLEAR = "\r\x1b[K";

/** One line of a terminal that tells how far a long answer is. */
export class ProgressLine implements Disposable {
  readonly #options: ProgressLineOptions;
  readonly #startedAt: number;
  #shownAt = -Infinity;

  /**
   * Begins to count the time.
   *
   * @param options What it needs.
   */
  constructor(options: ProgressLineOptions) {
    this.#options = options;
    this.#startedAt = options.monotonic();
  }

  /**
   * Shows how far the answer is, if it takes long and nothing was shown just now.
   *
   * @param progress How far it is.
   */
  show(progress: QueryProgress): void {
    const now = this.#options.monotonic();
    const isSoon = now - this.#startedAt < DELAY ||
      now - this.#shownAt < INTERVAL;
    if (isSoon) return;
    this.#shownAt = now;
    const seconds = (now - this.#startedAt) / 1000;
    this.#options.write(`${CLEAR}${formatProgress(progress, seconds)}`);
  }

  /** Clears the line. */
  [Symbol.dispose](): void {
    if (this.#shownAt > -Infinity) this.#options.write(CLEAR);
    this.#shownAt = -Infinity;
  }
}

function formatProgress(progress: QueryProgress, seconds: number): string {
  const { bytes, done, total } = progress;
  const mebibytes = bytes / MEBIBYTE;
  const share = total > 0
    ? `${Math.round(done / total * 100)} % of the window`
    : "waiting for the receiver";
  const speed = (mebibytes / seconds).toFixed(1);
  return `${share}, ${mebibytes.toFixed(1)} MiB, ${speed} MiB/s`;
}
