import { ContextReader } from "./context_codec.ts";
import { type DecodedFrame, decodeFrame } from "./frame.ts";
import { hasFrameMagic } from "./frame_header_decoder.ts";
import {
  decodeLegacyMessage,
  type LegacyForm,
  legacyForm,
  type LegacyPackets,
} from "./legacy_message.ts";

/** One of our frames. */
export interface FrameMessage extends DecodedFrame {
  /** A frame. */
  readonly kind: "frame";
}

/** A message of the Python original: packets without metadata, numbers or a sender's name. */
export interface LegacyMessage extends LegacyPackets {
  /** A message of the original. */
  readonly kind: "legacy";
  /** How it came. */
  readonly form: LegacyForm;
}

/** A message that was read and found good. */
export type DecodedMessage = FrameMessage | LegacyMessage;

/** Reads messages of all senders: our frames, compressed or not, and all forms of the Python original's. Nobody has to say which come. */
export class MessageDecoder {
  readonly #contexts = new ContextReader();

  /**
   * Reads a message and checks all of it.
   *
   * @param message The whole message.
   * @returns What it holds. The records of an uncompressed frame borrow from `message`, nothing else does.
   * @throws {FrameError} If it is neither a frame nor one of the original's, or not as it should be; nothing of it may be used.
   */
  decode(message: Uint8Array): DecodedMessage {
    // What has neither the magic of a frame nor a form of the original is refused as a frame, which says why.
    const form = hasFrameMagic(message) ? undefined : legacyForm(message);
    return form === undefined
      ? { kind: "frame", ...decodeFrame(message, this.#contexts) }
      : { kind: "legacy", form, ...decodeLegacyMessage(message, form) };
  }
}
