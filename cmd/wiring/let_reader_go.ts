// A reader that waits for a FIFO's writer, when there is none to come.

import { closeSync, constants, openSync } from "node:fs";
import { pause } from "../../lib/roles/pause.ts";

/** How long a reader may take until it has opened the FIFO, in milliseconds. */
const BOUND = 2000;
/** How often to look, in milliseconds. */
const STEP = 20;

/**
 * Ends the wait of a FIFO's reader, who would wait for ever for a writer that has failed: it sees the end of a stream without anything in it.
 *
 * @param fifo Path of the FIFO.
 * @param stop Aborted when the reader needs nothing any more.
 */
export async function letReaderGo(
  fifo: string,
  stop: AbortSignal,
): Promise<void> {
  const end = performance.now() + BOUND;
  while (!stop.aborted && performance.now() < end) {
    if (touch(fifo) !== "no reader") return;
    await pause(STEP);
  }
}

/** Opens a FIFO and closes it, which its reader notices. */
function touch(fifo: string): "done" | "no reader" {
  try {
    closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
    return "done";
  } catch (error) {
    const { code } = error as { code?: string };
    // Where there is no such FIFO, or it may not be written, nobody can be waiting for us.
    return code === "ENXIO" ? "no reader" : "done";
  }
}
