import process from "node:process";
import type { NflogCapture } from "./nflog_capture.ts";

/** What to do when the kernel had to drop packets. */
export type OverflowMode = "warn" | "ignore" | "throw";

/** The kernel had to drop packets, because they were not read fast enough. How many shows in the numbers of the next ones. */
export class NflogOverflowError extends Error {
  /** Datagrams dropped so far; each held any number of packets. */
  readonly droppedDatagrams: number;

  /**
   * Makes the error.
   *
   * @param droppedDatagrams Datagrams dropped so far.
   */
  constructor(droppedDatagrams: number) {
    super(describe(droppedDatagrams));
    this.name = "NflogOverflowError";
    this.droppedDatagrams = droppedDatagrams;
  }
}

/** How often it is warned, in milliseconds: under load an overflow follows the other. */
const WARNING_INTERVAL = 10_000;

function describe(droppedDatagrams: number): string {
  return `Cannot read the NFLOG socket fast enough: the kernel has dropped ${droppedDatagrams} datagrams of packets; raise socketBuffer, or log less`;
}

/** Notices overflows of a capture. */
export class OverflowWatch {
  readonly #capture: Pick<NflogCapture, "faults" | "droppedDatagrams">;
  readonly #mode: OverflowMode;
  #seen = 0;
  #lastWarning = -Infinity;

  /**
   * Begins with none.
   *
   * @param capture What to watch.
   * @param mode What to do.
   */
  constructor(
    capture: Pick<NflogCapture, "faults" | "droppedDatagrams">,
    mode: OverflowMode,
  ) {
    this.#capture = capture;
    this.#mode = mode;
  }

  /**
   * Looks whether there was one since it was last asked.
   *
   * @throws {NflogOverflowError} If there was, and this is what to do.
   */
  check(): void {
    const { overflows } = this.#capture.faults;
    if (overflows === this.#seen) return;
    this.#seen = overflows;
    if (this.#mode === "ignore") return;
    const error = new NflogOverflowError(this.#capture.droppedDatagrams);
    if (this.#mode === "throw") throw error;
    const now = performance.now();
    if (now - this.#lastWarning < WARNING_INTERVAL) return;
    this.#lastWarning = now;
    process.emitWarning(error);
  }
}
