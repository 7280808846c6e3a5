import type { ReceiverLedger } from "../metrics/receiver_ledger.ts";
import type { SensorLedger } from "../metrics/sensor_ledger.ts";
import type { Precision } from "../pcap/file_header.ts";
import { wholeRecords } from "../pcap/whole_records.ts";
import { recordsForPrecision } from "../pcap/pcap_encoder_stream.ts";
import type { PacketBatch } from "../packet.ts";
import { FrameError } from "../wire/frame_error.ts";
import {
  type DecodedMessage,
  MessageDecoder,
} from "../wire/message_decoder.ts";
import type { Chunk } from "./chunk.ts";
import { LegacyGatherer } from "./legacy_gatherer.ts";
import type { Logger } from "./logger.ts";
import type { IncomingMessage } from "./message_source.ts";
import { TIMERS, type Timers } from "./timers.ts";

/** How a receiver writes. */
export interface ReceiveOptions {
  /** Precision of the times it writes. @default {"microseconds"} */
  precision: Precision;
}

/** What {@linkcode ReceiveOptions} are when nothing is said. */
export const RECEIVE_DEFAULTS: Readonly<ReceiveOptions> = {
  precision: "microseconds",
};

/** What a receiver works on. */
export interface ReceiveDependencies {
  /** The messages of senders. */
  messages: ReadableStream<IncomingMessage>;
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
 * @param options How.
 * @param dependencies What it works on.
 */
export function runReceive(
  options: ReceiveOptions,
  dependencies: ReceiveDependencies,
): Promise<void> {
  const receiver = new Receiver(options, dependencies);
  return dependencies.messages.pipeTo(
    new WritableStream({
      write: (message) => receiver.take(message),
      close: () => receiver.finish(),
      abort: () => receiver.cancel(),
    }),
  );
}

class Receiver {
  readonly #options: ReceiveOptions;
  readonly #dependencies: ReceiveDependencies;
  readonly #decoder = new MessageDecoder();
  readonly #singly: LegacyGatherer;

  constructor(options: ReceiveOptions, dependencies: ReceiveDependencies) {
    this.#options = options;
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
    const bytes = recordsForPrecision(batch, this.#options.precision);
    // Records written as they came borrow from the message; others are copies.
    const borrowed = bytes.buffer === message?.bytes.buffer;
    if (!borrowed) message?.[Symbol.dispose]();
    const release = (dropped: number): void => {
      sensor.bookOutcome(batch, dropped);
      if (borrowed) message?.[Symbol.dispose]();
    };
    this.#dependencies.output.offer({
      bytes,
      packets: batch.packets,
      release,
      recordsWithin: (written) => wholeRecords(bytes, written),
    });
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
