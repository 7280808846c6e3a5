import type { BatchBuilder } from "../batch_builder.ts";
import type { NflogCapture } from "../nflog/nflog_capture.ts";
import type { BatchPool } from "./builder_pool.ts";
import { Gathering } from "./gathering.ts";
import type { Logger } from "./logger.ts";
import type { Pause } from "./pause.ts";

/** A capture as its source sees it: the part of {@linkcode NflogCapture} that tests stand in for. */
export type Capture = Pick<
  NflogCapture,
  "fd" | "fill" | "finish" | "faults" | "droppedDatagrams" | "ownDropped"
>;

/** What a capture's source needs. */
export interface CaptureSourceOptions {
  /** Where builders come from; the consumer gives them back. */
  pool: BatchPool;
  /** Waits until a descriptor is readable, or for a bounded time. */
  wait: (descriptor: number) => Promise<unknown>;
  /** Waits for a time. */
  pause: Pause;
  /** Ends the capture: what the kernel has in hand is read first. */
  signal: AbortSignal;
  /** How long the kernel gathers packets at most, in milliseconds. */
  flushTimeout: number;
  /** Says when packets are lost; called at every loss, so limit it. */
  logger: Logger;
  /** Told after each read how many packets were the sender's own so far. */
  onOwnTraffic: (dropped: number) => void;
}

/** When reads are put off so that each finds much, in bytes of records. A lone packet never waits for this. */
const GATHERING = { stream: 20 * 1024, target: 2 * 1024 * 1024 } as const;

/**
 * Batches after which other work gets its turn, though more packets are there: else a capture that never catches up would hear of no signal and
 * send no heartbeat. They hold 12 MiB at most, which is some 20 ms of work.
 */
const BATCHES_PER_TURN = 64;

/** Batches that are still read at the end while the kernel goes on logging, more than the socket's buffer can hold. */
const LAST_BATCHES = 1024;

/**
 * Gives the batches of a capture, each as soon as it is full or nothing more has arrived.
 *
 * @param capture The capture; the caller closes it after the stream has ended.
 * @param options What the source needs.
 * @returns The filled builders, none of them empty; each is its consumer's until given back to the pool. It fails, after the last of them, when the capture
 * cannot be read any more.
 */
export function captureSource(
  capture: Capture,
  options: CaptureSourceOptions,
): ReadableStream<BatchBuilder> {
  const reader = new CaptureReader(capture, options);
  return new ReadableStream({
    async pull(controller): Promise<void> {
      const builder = await reader.next();
      if (builder === undefined) controller.close();
      else controller.enqueue(builder);
    },
  }, { highWaterMark: 0 });
}

/** Reads a capture until it is told to end. */
class CaptureReader {
  readonly #capture: Capture;
  readonly #options: CaptureSourceOptions;
  readonly #gathering = new Gathering(GATHERING);
  #state: "running" | "draining" | "done" = "running";
  /** Bytes of records taken since the last wait. */
  #taken = 0;
  /** Batches given since other work had its turn. */
  #batches = 0;
  /** Batches that may be given yet, once told to end. */
  #left = LAST_BATCHES;
  #more = true;
  /** Why the capture cannot be read any more, to be told after what was read. */
  #failure: { error: unknown } | undefined;
  #overflows = 0;
  /** Datagrams dropped when the socket was last found empty; what is read after that tells of the packets in them by its numbers. */
  #droppedWhenEmpty = 0;
  #droppedTold = 0;

  constructor(capture: Capture, options: CaptureSourceOptions) {
    this.#capture = capture;
    this.#options = options;
  }

  async next(): Promise<BatchBuilder | undefined> {
    const { pool } = this.#options;
    while (this.#state !== "done") {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (!this.#more && this.#state === "running") await this.#wait();
      else if (this.#batches >= BATCHES_PER_TURN) await this.#giveWay();
      const builder = await pool.take();
      const draining = this.#state === "draining";
      this.#more = this.#fill(builder);
      this.#reportLoss();
      this.#options.onOwnTraffic(this.#capture.ownDropped);
      this.#followLoss(builder.packets);
      if (draining && (!this.#more || --this.#left <= 0)) this.#end();
      if (this.#shouldFinish()) await this.#finish();
      if (builder.packets > 0) {
        this.#taken += builder.size;
        this.#batches++;
        return builder;
      }
      pool.give(builder);
    }
    return undefined;
  }

  #fill(builder: BatchBuilder): boolean {
    try {
      return this.#capture.fill(builder);
    } catch (error) {
      this.#failure = { error };
      return true;
    }
  }

  async #giveWay(): Promise<void> {
    this.#batches = 0;
    await this.#options.pause(0);
  }

  async #wait(): Promise<void> {
    const { signal, pause, wait } = this.#options;
    this.#batches = 0;
    const duration = this.#gathering.pauseAfter(this.#taken);
    this.#taken = 0;
    if (signal.aborted) return;
    if (duration > 0) await pause(duration);
    else await wait(this.#capture.fd);
  }

  /** Whether to give the groups up: not before the socket was empty, since the kernel drops what it has gathered if there is no room for it. */
  #shouldFinish(): boolean {
    return this.#options.signal.aborted && this.#state === "running" &&
      (!this.#more || --this.#left <= 0);
  }

  /** Has the kernel deliver what it has gathered, so that it can be read to the end. */
  async #finish(): Promise<void> {
    this.#state = "draining";
    const given = this.#capture.finish();
    this.#left = given ? Infinity : LAST_BATCHES;
    if (given) return;
    // Without CAP_NET_ADMIN a group cannot be given up: what the kernel has gathered comes with its flush timeout.
    await this.#options.pause(this.#options.flushTimeout + 10);
  }

  #followLoss(packets: number): void {
    if (this.#overflows === 0) return;
    if (packets > 0) this.#droppedTold = this.#droppedWhenEmpty;
    if (!this.#more) this.#droppedWhenEmpty = this.#capture.droppedDatagrams;
  }

  /** Says what nobody can count: a loss shows by the number of the packet after it, and there is none any more. */
  #end(): void {
    this.#state = "done";
    const untold = this.#droppedWhenEmpty - this.#droppedTold;
    if (untold === 0) return;
    this.#options.logger.warn(
      "The kernel may have dropped packets after the last one that came: how many is not known, and they are not in kernel_dropped",
      { dropped_datagrams: untold },
    );
  }

  #reportLoss(): void {
    const { overflows } = this.#capture.faults;
    if (overflows === this.#overflows) return;
    this.#overflows = overflows;
    this.#options.logger.warn(
      "The kernel dropped packets because the NFLOG socket's buffer was full: raise --libnflog-nlbufsiz, or log less",
      { dropped_datagrams: this.#capture.droppedDatagrams },
    );
  }
}
