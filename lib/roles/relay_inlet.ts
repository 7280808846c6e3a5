import type { ReceiverLedger } from "../metrics/receiver_ledger.ts";
import { FrameError } from "../wire/frame_error.ts";
import {
  type DecodedMessage,
  MessageDecoder,
} from "../wire/message_decoder.ts";
import type { Logger } from "./logger.ts";
import type { IncomingMessage } from "./message_source.ts";

/** A message that a relay received; its memory may be written to until it is disposed of. */
export interface RelayMessage extends IncomingMessage {
  /** The whole message, borrowed until it is disposed of. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a {@linkcode RelayInlet} works on. */
export interface RelayInletOptions {
  /** Where to book. */
  ledger: ReceiverLedger;
  /** Says what was refused; called at every refusal, so limit it. */
  logger: Logger;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
}

/** Reads what arrives at a relay and books it, as a receiver does. */
export class RelayInlet {
  readonly #options: RelayInletOptions;
  readonly #decoder = new MessageDecoder();

  /**
   * Makes an inlet.
   *
   * @param options What it works on.
   */
  constructor(options: RelayInletOptions) {
    this.#options = options;
  }

  /**
   * Reads a message.
   *
   * @param message The message. It is disposed of here if it is refused.
   * @returns What is in it, or undefined if it was refused.
   */
  read(message: RelayMessage): DecodedMessage | undefined {
    const { ledger, logger, monotonic } = this.#options;
    const { bytes } = message;
    try {
      const decoded = this.#decoder.decode(bytes);
      const now = monotonic();
      if (decoded.kind === "frame") {
        ledger.book(decoded, bytes.byteLength, now);
      } else {
        const { sender } = message;
        const arrival = { now, sender };
        ledger.bookUnnumbered(decoded.batch, bytes.byteLength, arrival);
      }
      return decoded;
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      message[Symbol.dispose]();
      ledger.rejectedFrames++;
      logger.warn(error.message, {
        kind: error.kind,
        rejected_frames: ledger.rejectedFrames,
      });
      return undefined;
    }
  }
}
