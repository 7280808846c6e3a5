// A FIFO whose reader must not see its end before everything is said.

import { constants, openSync } from "node:fs";
import { pause } from "../../lib/roles/pause.ts";

/** How long a reader may take until it has opened the FIFO, in milliseconds: it is started after this program. */
const BOUND = 10_000;
/** How often to look, in milliseconds. */
const STEP = 20;

/**
 * Opens a FIFO for writing as soon as somebody reads it, and holds it open until the process ends.
 *
 * Wireshark reads no more of what a capture program says once the FIFO has ended, and waits for ever for one that nobody opened. So a failure
 * is to be told while the FIFO is held.
 *
 * @param fifo Path of the FIFO.
 * @param stop Aborted when the reader needs nothing any more.
 * @returns When it is held, or will not be: there is no such FIFO, or nobody reads it.
 */
export async function holdFifo(
  fifo: string,
  stop: AbortSignal,
): Promise<void> {
  const end = performance.now() + BOUND;
  while (!stop.aborted && performance.now() < end) {
    if (tryOpen(fifo) !== "nobody reads") return;
    await pause(STEP);
  }
}

function tryOpen(fifo: string): "held" | "nobody reads" | "cannot be" {
  try {
    openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    return "held";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    return code === "ENXIO" ? "nobody reads" : "cannot be";
  }
}
