import type { ReceiverLedger } from "../metrics/receiver_ledger.ts";
import type { Precision } from "../pcap/file_header.ts";
import { wholeRecords } from "../pcap/whole_records.ts";
import { recordsForPrecision } from "../pcap/pcap_encoder_stream.ts";
import { ContextReader } from "../wire/context_codec.ts";
import { decodeFrame, type Frame } from "../wire/frame.ts";
import { FrameError } from "../wire/frame_error.ts";
import type { Chunk } from "./chunk.ts";
import type { Logger } from "./logger.ts";
import type { IncomingMessage } from "./message_source.ts";

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
    new WritableStream({ write: (message) => receiver.take(message) }),
  );
}

class Receiver {
  readonly #options: ReceiveOptions;
  readonly #dependencies: ReceiveDependencies;
  readonly #contexts = new ContextReader();

  constructor(options: ReceiveOptions, dependencies: ReceiveDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  take(message: IncomingMessage): void {
    const frame = this.#decode(message);
    if (frame === undefined) {
      message[Symbol.dispose]();
      return;
    }
    const { ledger, output, monotonic } = this.#dependencies;
    ledger.book(frame, message.bytes.byteLength, monotonic());
    const { batch } = frame;
    if (batch.packets === 0) {
      message[Symbol.dispose]();
      return;
    }
    const bytes = recordsForPrecision(batch, this.#options.precision);
    // Records written as they came borrow from the message; others are copies.
    const borrowed = bytes.buffer === message.bytes.buffer;
    if (!borrowed) message[Symbol.dispose]();
    const release = (): void => {
      if (borrowed) message[Symbol.dispose]();
    };
    output.offer({
      bytes,
      packets: batch.packets,
      release,
      recordsWithin: (written) => wholeRecords(bytes, written),
    });
  }

  #decode(message: IncomingMessage): Frame | undefined {
    const { ledger, logger } = this.#dependencies;
    try {
      return decodeFrame(message.bytes, this.#contexts);
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
