import type { BatchBuilder } from "../batch_builder.ts";
import type { SenderLedger } from "../metrics/sender_ledger.ts";
import { RateControl, type RateControlOptions } from "../rate/rate_control.ts";
import type { BatchSender } from "./batch_sender.ts";
import type { BatchPool } from "./builder_pool.ts";
import { CompressBuffers } from "./compress_buffers.ts";
import type { CompressionMethod, Compressor } from "./compressor.ts";
import type { Logger } from "./logger.ts";
import { OrderedQueue } from "./ordered_queue.ts";
import type { Parcel } from "./parcel.ts";
import { logRateChange } from "./rate_log.ts";
import { RateStage, type RateSurroundings } from "./rate_stage.ts";
import type { CancelTimer, Timers } from "./timers.ts";

/** How a rate is kept and what with, in a sender or a relay. */
export interface RateDependencies {
  /** How the rate is kept. */
  rate: Readonly<RateControlOptions>;
  /** How frames are compressed. */
  method: CompressionMethod;
  /** How long packets are held at most to be compressed together, in milliseconds. @default {200} */
  flushTimeout: number;
  /** Compresses. */
  compressor: Compressor;
  /** Does things later. */
  timers: Timers;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
  /** Says when the state changes. */
  logger: Logger;
}

/** What a {@linkcode RateControlStream} works on. */
export interface RateControlStreamOptions extends RateDependencies {
  /** Sends what goes out. */
  sender: BatchSender;
  /** Books what does not. */
  ledger: SenderLedger;
  /** Where the builders go back to. */
  pool: BatchPool;
  /** Whether to wait for the compressor when it has much to do: a file can wait, the kernel can not. */
  patient: boolean;
}

/** Frames in hand at most: being compressed, or ready and waiting for their turn. */
export const FRAMES_IN_HAND = 16;

/** How often the rate is looked at when nothing comes, in milliseconds. */
const LOOK_INTERVAL = 1000;

/**
 * Makes what goes through one rate control share it.
 *
 * @param options How the rate is kept.
 * @param to What is ready goes here; so does an error that ends everything.
 * @returns What stages share, and what ends it.
 */
export function openRateControl(
  options: RateDependencies,
  to: { emit: (parcel: Parcel) => void; fail: (error: unknown) => void },
): { shared: RateSurroundings; close: CancelTimer } {
  const { monotonic, timers, compressor, logger } = options;
  const control = new RateControl(options.rate, {
    now: monotonic(),
    onChange: (change) => logRateChange(change, logger),
  });
  const close = timers.every(LOOK_INTERVAL, () => control.look(monotonic()));
  const shared = {
    control,
    compressor,
    queue: new OrderedQueue(to.emit),
    buffers: new CompressBuffers(),
    timers,
    monotonic,
    onError: to.fail,
  };
  return { shared, close };
}

/**
 * Keeps the rate of a sender's output: batches go in, and what is ready to be sent comes out, in the same order.
 *
 * Below the low watermark a batch is handed on as it is. Above it batches are gathered, compressed elsewhere and handed on when that is done. Everything that
 * comes out is to be sent at once, since the rate is counted there.
 */
export class RateControlStream extends TransformStream<BatchBuilder, Parcel> {
  /**
   * Makes a stream; its compressor is the caller's to end, after the stream has.
   *
   * @param options What it works on.
   */
  constructor(options: RateControlStreamOptions) {
    const { pool } = options;
    let stage: RateStage;
    let shared: RateSurroundings;
    let close: CancelTimer;
    super({
      start(controller): void {
        ({ shared, close } = openRateControl(options, {
          emit: (parcel) => controller.enqueue(parcel),
          fail: (error) => {
            close();
            controller.error(error);
          },
        }));
        stage = new RateStage(shared, { ...options, gatherTimeout: 0 });
      },
      async transform(builder): Promise<void> {
        await shared.queue.whenBelow(FRAMES_IN_HAND);
        stage.takeBuilder(builder, () => pool.give(builder));
      },
      async flush(): Promise<void> {
        stage.flush();
        await shared.queue.whenBelow(1);
        close();
      },
      cancel(): void {
        close();
      },
    });
  }
}
