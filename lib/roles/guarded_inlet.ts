import { foreignVersion } from "../wire/frame_header_decoder.ts";
import { relabelFrame } from "../wire/relabel_frame.ts";
import type { ConnectionBook } from "./connection_book.ts";
import type { Door, Origin } from "./door.ts";
import type { KeyHolder } from "./key_holder.ts";
import type { Logger } from "./logger.ts";
import type { IncomingMessage, MessageInlet } from "./message_source.ts";

/** A message of which ZeroMQ tells where it came from; to be asked before its bytes are, unless it is a frame of another version. */
export interface OriginMessage extends IncomingMessage, Origin {
  /** The whole message, borrowed until it is disposed of. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A message that may be used. */
export interface GuardedMessage extends IncomingMessage {
  /** The whole message, borrowed until it is disposed of; it names the sensor that the key belongs to. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a {@linkcode GuardedInlet} needs. */
export interface GuardedInletOptions {
  /** The connections of the socket. */
  readonly book: ConnectionBook;
  /** Who may come in; undefined when everybody may. */
  readonly door: Door | undefined;
  /** Told of each message that was refused, for it is to be counted. */
  readonly onRefused: () => void;
  /** Says what was refused; called at every refusal, so limit it. */
  readonly logger: Logger;
}

/** Messages refused in a row after which other work gets its turn. */
const PER_TURN = 64;

/**
 * The messages of a socket, less those whose key is not on the list, each under the name that belongs to its key. Without a door all messages pass, as they came.
 */
export class GuardedInlet implements MessageInlet<GuardedMessage> {
  readonly #inlet: MessageInlet<OriginMessage>;
  readonly #options: GuardedInletOptions;
  /** Holders that were told that their frames claim another name. */
  readonly #told = new WeakSet<KeyHolder>();

  /**
   * Guards a socket.
   *
   * @param inlet The socket.
   * @param options What it needs.
   */
  constructor(
    inlet: MessageInlet<OriginMessage>,
    options: GuardedInletOptions,
  ) {
    this.#inlet = inlet;
    this.#options = options;
  }

  /** The descriptor to wait on when nothing is there. */
  get fd(): number {
    return this.#inlet.fd;
  }

  /** Takes the next message that may be used, without waiting. */
  tryReceive(): GuardedMessage | undefined {
    const { book, door } = this.#options;
    for (let refused = 0; refused < PER_TURN; refused++) {
      const message = this.#inlet.tryReceive();
      if (message === undefined) {
        book.emptied();
        return undefined;
      }
      if (door === undefined) {
        if (book.suspicious && message.connection !== undefined) {
          book.spoke(message.connection);
        }
        this.#watchVersion(message);
        return message;
      }
      const holder = door.admit(message);
      if (holder !== undefined) {
        this.#watchVersion(message);
        return this.#name(message, holder);
      }
      this.#refuse(message);
    }
    return undefined;
  }

  /** What is of another version is refused by its reader; here it is noted who sent it. */
  #watchVersion(message: OriginMessage): void {
    if (foreignVersion(message.bytes) === undefined) return;
    const { connection } = message;
    if (connection !== undefined) this.#options.book.spokeForeign(connection);
  }

  #name(message: OriginMessage, holder: KeyHolder): GuardedMessage {
    if (holder.relay) return message;
    const { name: sender } = holder;
    const { bytes, room } = message;
    const named = relabelFrame(bytes, sender);
    if (named === bytes) {
      return { bytes, room, sender, [Symbol.dispose]: () => dispose(message) };
    }
    if (!this.#told.has(holder)) {
      this.#told.add(holder);
      this.#options.logger.info(
        "A sensor calls itself otherwise than its key; the key's name counts",
        { sensor: sender },
      );
    }
    dispose(message);
    return { bytes: named, sender, [Symbol.dispose]: () => {} };
  }

  #refuse(message: OriginMessage): void {
    dispose(message);
    this.#options.onRefused();
    this.#options.logger.warn(
      "Refused a message: its key is no longer on the allow list",
    );
  }
}

function dispose(message: Disposable): void {
  message[Symbol.dispose]();
}
