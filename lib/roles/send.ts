import type { BatchBuilder } from "../batch_builder.ts";
import type { BatchPool } from "./builder_pool.ts";
import type { BatchSender } from "./batch_sender.ts";
import type { Parcel } from "./parcel.ts";
import type { Pause } from "./pause.ts";

/** How a sender behaves. */
export interface SendOptions {
  /** How often a sender tells its totals in a frame without packets, in milliseconds; 0 is only at its start and end. @default {5000} */
  heartbeat: number;
  /** Whether to wait at the high-water mark in place of dropping: a file can wait, the kernel can not. @default {false} */
  patient: boolean;
}

/** What {@linkcode SendOptions} are when nothing is said. */
export const SEND_DEFAULTS: Readonly<SendOptions> = {
  heartbeat: 5000,
  patient: false,
};

/** What a sender works on. */
export interface SendDependencies {
  /** The packets. */
  source: ReadableStream<BatchBuilder>;
  /** Where the source's builders go back to. */
  pool: BatchPool;
  /** Sends them and books them. */
  sender: BatchSender;
  /** Keeps the rate of what is sent; it gives the builders back. @default {undefined} Everything is sent as it comes. */
  rateControl?: TransformStream<BatchBuilder, Parcel>;
  /** Waits for a time. */
  pause: Pause;
  /** Ends the wait at the high-water mark; the source ends by itself. */
  signal: AbortSignal;
}

/** How long a patient sender waits before it tries again, in milliseconds. */
const RETRY_PAUSE = 5;

/** How long a sender that ends waits at most until its totals can be told, in milliseconds. */
const LAST_WORD_PATIENCE = 1000;

/**
 * Sends packets until their source ends or fails, and then the final totals.
 *
 * @param options How.
 * @param dependencies What it works on.
 * @throws {unknown} What the source failed with, after all that it had given was sent.
 */
export async function runSend(
  options: SendOptions,
  dependencies: SendDependencies,
): Promise<void> {
  const { sender, pause, signal } = dependencies;
  const waitForRoom = async (): Promise<void> => {
    while (options.patient && !sender.hasRoom && !signal.aborted) {
      await pause(RETRY_PAUSE);
    }
  };
  const heartbeat = options.heartbeat === 0
    ? undefined
    : setInterval(() => sender.sendTotals(false), options.heartbeat);
  // The receiver learns from this one where a sender begins.
  sender.sendTotals(false);
  try {
    await deliver(dependencies, async (send) => {
      await waitForRoom();
      send();
    });
  } finally {
    clearInterval(heartbeat);
    // After a failure, too: who receives learns what was counted, and that nothing follows.
    await waitForRoom();
    await waitForLastWord(sender, pause);
    sender.sendTotals(true);
  }
}

/** Waits for room for a frame, but not for long: where nobody takes any, nobody would take the last one either. */
async function waitForLastWord(
  sender: BatchSender,
  pause: Pause,
): Promise<void> {
  for (let waited = 0; waited < LAST_WORD_PATIENCE; waited += RETRY_PAUSE) {
    if (sender.hasRoom) return;
    await pause(RETRY_PAUSE);
  }
}

/** Takes everything that is to be sent to where it is, with the way to send it. */
async function deliver(
  { source, pool, sender, rateControl }: SendDependencies,
  take: (send: () => void) => Promise<void>,
): Promise<void> {
  if (rateControl === undefined) {
    return await source.pipeTo(
      new WritableStream({
        write: (builder) =>
          take(() => {
            sender.send(builder);
            pool.give(builder);
          }),
      }),
    );
  }
  const ends = await Promise.allSettled([
    rateControl.readable.pipeTo(
      new WritableStream({ write: (parcel) => take(() => parcel.send()) }),
    ),
    feed(source, rateControl.writable),
  ]);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Gives a stage all that a source gives. When the source fails, the stage ends as if all had come, so that what it holds is still sent. */
async function feed(
  source: ReadableStream<BatchBuilder>,
  stage: WritableStream<BatchBuilder>,
): Promise<void> {
  try {
    await source.pipeTo(stage, { preventAbort: true });
  } catch (error) {
    // A stage that failed itself cannot be closed; who reads from it hears why.
    await stage.close().catch(() => undefined);
    throw error;
  }
}
