import type { ReceiverLedger } from "../metrics/receiver_ledger.ts";
import type { SensorLedger } from "../metrics/sensor_ledger.ts";
import type { PacketBatch } from "../packet.ts";
import { FrameError } from "../wire/frame_error.ts";
import {
  type DecodedMessage,
  MessageDecoder,
} from "../wire/message_decoder.ts";
import type { CaptureEncoder } from "./capture_encoder.ts";
import type { Chunk } from "./chunk.ts";
import { LegacyGatherer } from "./legacy_gatherer.ts";
import type { Logger } from "./logger.ts";
import type { IncomingMessage } from "./message_source.ts";
import type { OffloadStage } from "./offload_stage.ts";
import { TIMERS, type Timers } from "./timers.ts";

/** What a receiver works on. */
export interface ReceiveDependencies {
  /** The messages of senders. */
  messages: ReadableStream<IncomingMessage>;
  /** Makes of batches what is to be written. */
  encoder: Pick<CaptureEncoder, "encode">;
  /** Does to batches what network cards were to do. @default {undefined} Nothing. */
  offload?: OffloadStage;
  /** Takes what is to be written; it never waits. */
  output: { offer(chunk: Chunk): void };
  /** Where to book. */
  ledger: ReceiverLedger;
  /** Says what was refused; called at every refusal, so limit it. */
  logger: Logger;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
  /** Does things later. @default {TIMERS} The runtime's own. */
  timers?: Timers;
}

/**
 * Writes the packets of all senders, until the messages end.
 *
 * @param dependencies What it works on.
 */
export function runReceive(dependencies: ReceiveDependencies): Promise<void> {
  const receiver = new Receiver(dependencies);
  return dependencies.messages.pipeTo(
    new WritableStream({
      write: (message) => receiver.take(message),
      close: () => receiver.finish(),
      abort: () => receiver.cancel(),
    }),
  );
}

class Receiver {
  readonly #dependencies: ReceiveDependencies;
  readonly #decoder = new MessageDecoder();
  readonly #singly: LegacyGatherer;

  constructor(dependencies: ReceiveDependencies) {
    this.#dependencies = dependencies;
    this.#singly = new LegacyGatherer(
      dependencies.timers ?? TIMERS,
      (batch) => this.#write(batch, { sensor: dependencies.ledger.unnumbered }),
    );
  }

  take(message: IncomingMessage): void {
    const decoded = this.#decode(message);
    if (decoded === undefined) {
      message[Symbol.dispose]();
      return;
    }
    const { ledger, monotonic } = this.#dependencies;
    const size = message.bytes.byteLength;
    if (decoded.kind === "legacy") {
      message[Symbol.dispose]();
      ledger.bookUnnumbered(decoded.batch, size, monotonic());
      this.#singly.add(decoded.batch);
      return;
    }
    const sensor = ledger.book(decoded, size, monotonic());
    if (decoded.batch.packets === 0) {
      message[Symbol.dispose]();
      return;
    }
    this.#singly.flush();
    this.#write(decoded.batch, { sensor, message });
  }

  finish(): void {
    this.#singly.flush();
  }

  cancel(): void {
    this.#singly.cancel();
  }

  /** Hands a batch on; the message that it came in is given back when nothing borrows from it any more. */
  #write(
    batch: PacketBatch,
    { sensor, message }: { sensor: SensorLedger; message?: IncomingMessage },
  ): void {
    const { encoder, offload, output } = this.#dependencies;
    const made = offload?.apply(batch);
    let borrowed = false;
    const chunk = encoder.encode(made?.batch ?? batch, {
      sensor: sensor.sensor,
      ...(made && { parts: made.parts }),
      release(dropped): void {
        sensor.bookOutcome(batch, dropped);
        if (borrowed) message?.[Symbol.dispose]();
      },
    });
    // Records written as they came borrow from the message; others are copies.
    borrowed = chunk.bytes.buffer === message?.bytes.buffer;
    if (!borrowed) message?.[Symbol.dispose]();
    output.offer(chunk);
  }

  #decode(message: IncomingMessage): DecodedMessage | undefined {
    const { ledger, logger } = this.#dependencies;
    try {
      return this.#decoder.decode(message.bytes);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      ledger.rejectedFrames++;
      logger.warn(error.message, {
        kind: error.kind,
        rejected_frames: ledger.rejectedFrames,
      });
      return undefined;
    }
  }
}
