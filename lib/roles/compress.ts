import { UNNUMBERED } from "../metrics/receiver_ledger.ts";
import type { PacketBatch } from "../packet.ts";
import { splitBatch } from "../rate/split_batch.ts";
import { FRAME_SIZE } from "../wire/constants.ts";
import type { BatchSender } from "./batch_sender.ts";
import { type FrameOutlet, FrameSender } from "./frame_sender.ts";
import { LegacySender } from "./legacy_sender.ts";
import type { Logger } from "./logger.ts";
import type { Parcel } from "./parcel.ts";
import {
  FRAMES_IN_HAND,
  openRateControl,
  type RateDependencies,
} from "./rate_control_stream.ts";
import { RateStage, type RateSurroundings } from "./rate_stage.ts";
import type { RelayLedgers } from "./relay_counts.ts";
import { RelayInlet, type RelayMessage } from "./relay_inlet.ts";
import { RelaySender } from "./relay_sender.ts";
import { RelayStage } from "./relay_stage.ts";
import type { CancelTimer } from "./timers.ts";

/** How a compressing relay works. */
export interface CompressOptions {
  /** What goes out: frames, or the Python original's messages. @default {"frames"} */
  wire: "frames" | "legacy";
  /** How long a relay is silent at most before it tells the totals of packets that came as the original's messages, in milliseconds. @default {5000} */
  heartbeat: number;
}

/** What {@linkcode CompressOptions} are when nothing is said. */
export const COMPRESS_DEFAULTS: Readonly<CompressOptions> = {
  wire: "frames",
  heartbeat: 5000,
};

/** What a compressing relay works on. */
export interface CompressDependencies extends RateDependencies {
  /** The messages of senders. */
  messages: ReadableStream<RelayMessage>;
  /** Where to send. */
  outlet: FrameOutlet;
  /** Where to book. */
  ledgers: RelayLedgers;
  /** Says what was refused; called at every refusal, so limit it. */
  refusals: Logger;
  /** Random number of this relay's run, that of the ledger for frames. */
  instance: bigint;
  /** The time in microseconds since 1970. */
  now: () => number;
}

/** How long packets that come one a message are held while nothing is compressed, in milliseconds. */
const GATHER_TIMEOUT = 20;

/** Bytes of the parts that large batches are cut into. */
const PART_SIZE = FRAME_SIZE / 2;

/**
 * Hands messages on with the rate kept, until they end.
 *
 * Frames keep their sender, numbers and totals. Packets that came as the Python original's messages go on in frames of a sender named "unnumbered", whose run is
 * this relay's, so that from here on losses show; or everything goes on as the original's messages.
 *
 * @param options How.
 * @param dependencies What it works on.
 */
export function runCompress(
  options: CompressOptions,
  dependencies: CompressDependencies,
): Promise<void> {
  return dependencies.messages
    .pipeThrough(new CompressRelayStream(options, dependencies))
    .pipeTo(new WritableStream({ write: (parcel) => parcel.send() }));
}

/** Makes parcels of messages, in the order in which they come. */
class CompressRelayStream extends TransformStream<RelayMessage, Parcel> {
  constructor(options: CompressOptions, dependencies: CompressDependencies) {
    let relay: CompressRelay;
    super({
      start(controller): void {
        relay = new CompressRelay(options, dependencies, {
          emit: (parcel) => controller.enqueue(parcel),
          fail(error): void {
            relay.close();
            controller.error(error);
          },
        });
      },
      transform: (message) => relay.take(message),
      flush: () => relay.finish(),
      cancel: () => relay.close(),
    });
  }
}

/** Takes messages apart, and sends what is in them through the stage it belongs to. */
class CompressRelay {
  readonly #shared: RateSurroundings;
  readonly #inlet: RelayInlet;
  readonly #frames: RelayStage | undefined;
  readonly #packets: RateStage;
  readonly #own: BatchSender;
  readonly #ledgers: RelayLedgers;
  readonly #closers: CancelTimer[];

  constructor(
    options: CompressOptions,
    dependencies: CompressDependencies,
    to: { emit: (parcel: Parcel) => void; fail: (error: unknown) => void },
  ) {
    const { ledgers, outlet, method, flushTimeout, timers } = dependencies;
    const { shared, close } = openRateControl(dependencies, to);
    this.#shared = shared;
    this.#ledgers = ledgers;
    this.#inlet = new RelayInlet({
      ...dependencies,
      ledger: ledgers.received,
      logger: dependencies.refusals,
    });
    this.#own = openOwnSender(options, dependencies);
    this.#packets = new RateStage(shared, {
      method,
      flushTimeout,
      gatherTimeout: GATHER_TIMEOUT,
      patient: true,
      sender: this.#own,
      ledger: ledgers.own,
    });
    const sender = new RelaySender(outlet, ledgers.relayed);
    this.#frames = options.wire === "frames"
      ? new RelayStage(shared, { method, sender, ledger: ledgers.relayed })
      : undefined;
    const stop = timers.every(options.heartbeat, () => this.#tell(false));
    this.#closers = [close, stop];
  }

  async take(message: RelayMessage): Promise<void> {
    await this.#shared.queue.whenBelow(FRAMES_IN_HAND);
    const decoded = this.#inlet.read(message);
    if (decoded === undefined) return;
    if (decoded.kind === "frame" && this.#frames !== undefined) {
      this.#frames.take(decoded, message);
      return;
    }
    await this.#takePackets(decoded.batch);
    message[Symbol.dispose]();
  }

  async #takePackets(batch: PacketBatch): Promise<void> {
    if (batch.packets === 0) return;
    this.#ledgers.own.bookReplayed(batch);
    for (const part of splitBatch(batch, PART_SIZE)) {
      await this.#shared.queue.whenBelow(FRAMES_IN_HAND);
      this.#packets.takeBatch(part);
    }
  }

  async finish(): Promise<void> {
    const { queue } = this.#shared;
    this.#packets.flush();
    queue.push({ send: () => this.#tell(true) });
    await queue.whenBelow(1);
    this.close();
  }

  close(): void {
    for (const close of this.#closers) close();
  }

  /** Tells the totals of the packets that this relay sends under its own number, if there are any. */
  #tell(last: boolean): void {
    if (this.#ledgers.own.totals.captured > 0) this.#own.sendTotals(last);
  }
}

function openOwnSender(
  { wire }: CompressOptions,
  { outlet, ledgers, instance, now }: CompressDependencies,
): BatchSender {
  const { own: ledger } = ledgers;
  if (wire === "legacy") {
    return new LegacySender([outlet], { ledger, marked: true });
  }
  const identity = { sensor: UNNUMBERED, instance };
  return new FrameSender([outlet], { ledger, identity, now });
}
