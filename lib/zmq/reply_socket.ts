import { ERRNO } from "../ffi/errno.ts";
import { ErrnoError } from "../ffi/errno_error.ts";
import {
  ROUTER_NOTIFY_DISCONNECT,
  SEND_FLAG,
  SOCKET_OPTION,
  SOCKET_TYPE,
} from "./constants.ts";
import type { ZmqContext } from "./context.ts";
import type { ZmqMessage } from "./message.ts";
import type { MessageBuffer } from "./message_buffer.ts";
import { MessageSocket } from "./message_socket.ts";
import {
  type ReceiveOptions,
  SEND_LINGER,
  type SendOptions,
  type SocketOptions,
} from "./socket_options.ts";

/** Options of a {@linkcode ReplySocket}. */
export interface ReplyOptions
  extends SocketOptions, SendOptions, ReceiveOptions {
  /**
   * Requests of more parts than this are left out.
   *
   * @default {16}
   */
  maxParts?: number;
}

/** Who asked. */
export interface ReplyPeer {
  /** Tells one connection from all others of the socket, as hexadecimal text. */
  readonly key: string;
  /** What goes before the answer: the parts that came before the request, which address the asker. */
  readonly envelope: readonly Uint8Array<ArrayBuffer>[];
  /** The address without its port, or undefined for transports that have none. */
  readonly address: string | undefined;
  /** The name that a {@linkcode ZapHandler} gave to the asker's key. */
  readonly userId: string | undefined;
  /** Descriptor of the connection when the request came, for {@linkcode SocketInspector}. */
  readonly connection: number | undefined;
}

/** What a {@linkcode ReplySocket} receives. */
export type ReplyEvent =
  | {
    /** Somebody asks. */
    kind: "request";
    /** Who. */
    peer: ReplyPeer;
    /** The parts of the request, copied. */
    parts: Uint8Array<ArrayBuffer>[];
  }
  | {
    /** A connection has ended, whether or not it ever asked. */
    kind: "gone";
    /** The `key` of its {@linkcode ReplyPeer}. */
    key: string;
  };

/** What became of a part of an answer: taken, not taken as the asker's queue is full, or not taken as it has gone. */
export type SendOutcome = "sent" | "full" | "gone";

/** Where a part stands in its answer. */
export interface PartOptions {
  /** Whether further parts of the same message follow. */
  more: boolean;
}

const EMPTY = new Uint8Array(0);

/**
 * The answering side of request and reply. On the wire it is a REP; any REQ client may ask.
 *
 * It is a ROUTER, so that one asker who stops reading does not stop the others, as it would a REP. What libzmq does with
 * an answer of several parts decides how to use it:
 * - libzmq gives nothing of a message to the connection before its last part is there, and the high-water mark counts
 *   whole messages. An answer in one message, all that a REQ client understands, is therefore held in memory as a
 *   whole, and no part but the first is ever refused. Bound its size; {@linkcode MessageBufferPool.inFlight} going down
 *   shows that the asker reads.
 * - To an asker who understands it, answer in several messages (`more: false`): at `sendHighWaterMark` of them the
 *   outcome is "full", which bounds memory. It comes right again when {@linkcode ZmqSocket.fd} wakes up.
 * - One message is sent at a time. Give up an unfinished one by {@linkcode abandon}.
 * - Give up an asker who does not read by {@linkcode SocketInspector.shutdown} on its connection: libzmq frees what was
 *   queued for it.
 */
export class ReplySocket extends MessageSocket {
  readonly #maxParts: number;
  #malformed = 0;
  #answering: ReplyPeer | undefined;

  private constructor(context: ZmqContext, options: ReplyOptions) {
    super(context, SOCKET_TYPE.ROUTER, { linger: SEND_LINGER, ...options });
    this.#maxParts = options.maxParts ?? 16;
  }

  /**
   * Makes a socket to answer by.
   *
   * @param context What to make it from.
   * @param options Its options.
   * @returns The socket, which the caller disposes of.
   * @throws {RangeError} If an option is out of its range.
   * @throws {ErrnoError} If libzmq refuses.
   */
  static open(context: ZmqContext, options: ReplyOptions = {}): ReplySocket {
    using stack = new DisposableStack();
    const socket = stack.use(new ReplySocket(context, options));
    // Otherwise a ROUTER drops what it can not send, without a word.
    socket.setOption(SOCKET_OPTION.ROUTER_MANDATORY, new Int32Array([1]));
    socket.setOption(
      SOCKET_OPTION.ROUTER_NOTIFY,
      new Int32Array([ROUTER_NOTIFY_DISCONNECT]),
    );
    stack.move();
    return socket;
  }

  /** How many requests were left out: without REQ's envelope, or of too many parts. */
  get malformed(): number {
    return this.#malformed;
  }

  /** Who is being answered: the last part sent had `more`. */
  get answering(): ReplyPeer | undefined {
    return this.#answering;
  }

  /**
   * Receives a request, or the news that a connection has ended.
   *
   * @returns What came, or undefined if there is nothing now.
   * @throws {ErrnoError} If the socket is closed.
   */
  tryReceive(): ReplyEvent | undefined {
    for (;;) {
      using first = this.receivePart();
      if (first === undefined) return undefined;
      const routingId = first.bytes.slice();
      const event = first.more ? this.#readMessage(routingId) : undefined;
      if (event !== undefined) return event;
      this.#malformed++;
    }
  }

  /**
   * Sends one part of an answer, copying it.
   *
   * @param peer Who asked.
   * @param bytes The content; free to be changed at return.
   * @param options Whether more parts follow.
   * @returns Whether it was taken. Only the first part of a message can be "full" or "gone".
   * @throws {TypeError} If an answer to another asker is not finished.
   * @throws {ErrnoError} If the socket is closed.
   */
  trySendPart(
    peer: ReplyPeer,
    bytes: Uint8Array<ArrayBuffer>,
    options: PartOptions,
  ): SendOutcome {
    return this.#sendPart(
      peer,
      options,
      (flags) => this.sendCopy(bytes, flags),
    );
  }

  /**
   * Sends the start of a buffer as one part of an answer, without copying it.
   *
   * @param peer Who asked.
   * @param part The buffer and how many of its bytes are the part. If the outcome is "sent" the buffer is libzmq's, as
   * after {@linkcode PushSocket.trySendOwned}; else still the caller's.
   * @param options Whether more parts follow.
   * @returns Whether it was taken.
   * @throws {RangeError} If the length is more than the buffer holds.
   * @throws {TypeError} If an answer to another asker is not finished, or libzmq still has the buffer.
   * @throws {ErrnoError} If the socket is closed.
   */
  trySendOwnedPart(
    peer: ReplyPeer,
    part: { buffer: MessageBuffer; length: number },
    options: PartOptions,
  ): SendOutcome {
    const { buffer, length } = part;
    return this.#sendPart(
      peer,
      options,
      (flags) => this.sendOwned(buffer, length, flags),
    );
  }

  /**
   * Sends bytes as one part of an answer, without copying them and without being told when libzmq is done with them: it is once it is done with
   * an owned part that was sent behind them, for the parts of a connection are taken in order.
   *
   * @param peer Who asked.
   * @param bytes The content. It must stay as it is, and be kept from the garbage collector, until then.
   * @param options Whether more parts follow.
   * @returns Whether it was taken.
   * @throws {TypeError} If an answer to another asker is not finished.
   * @throws {ErrnoError} If the socket is closed.
   */
  trySendBorrowedPart(
    peer: ReplyPeer,
    bytes: Uint8Array<ArrayBuffer>,
    options: PartOptions,
  ): SendOutcome {
    return this.#sendPart(
      peer,
      options,
      (flags) => this.sendBorrowed(bytes, flags),
    );
  }

  /**
   * Ends an answer that is not finished, so that others can be answered. Does nothing if there is none.
   *
   * An asker that is still there gets the parts so far and an empty one: to keep it from taking them for the whole,
   * end its connection first. For one that has gone libzmq drops them.
   */
  abandon(): void {
    if (this.#answering === undefined) return;
    this.#answering = undefined;
    this.sendCopy(EMPTY, SEND_FLAG.DONTWAIT);
  }

  #sendPart(
    peer: ReplyPeer,
    options: PartOptions,
    send: (flags: number) => boolean,
  ): SendOutcome {
    if (this.#answering === undefined) {
      const outcome = this.#sendEnvelope(peer);
      if (outcome !== "sent") return outcome;
      this.#answering = peer;
    } else if (this.#answering.key !== peer.key) {
      throw new TypeError(
        "Cannot answer: the answer to another asker is not finished",
      );
    }
    const { DONTWAIT, SNDMORE } = SEND_FLAG;
    // After the first part of a message a ROUTER takes all others, or drops them if the asker goes.
    if (!send(options.more ? DONTWAIT | SNDMORE : DONTWAIT)) return "full";
    if (!options.more) this.#answering = undefined;
    return "sent";
  }

  #sendEnvelope(peer: ReplyPeer): SendOutcome {
    const flags = SEND_FLAG.DONTWAIT | SEND_FLAG.SNDMORE;
    try {
      for (const part of peer.envelope) {
        if (!this.sendCopy(part, flags)) return "full";
      }
      return "sent";
    } catch (error) {
      if (error instanceof ErrnoError && error.errno === ERRNO.EHOSTUNREACH) {
        return "gone";
      }
      throw error;
    }
  }

  /** Reads what follows the routing id: REQ's envelope, up to an empty part, and the request. */
  #readMessage(routingId: Uint8Array<ArrayBuffer>): ReplyEvent | undefined {
    const envelope = [routingId];
    const parts: Uint8Array<ArrayBuffer>[] = [];
    const key = toHex(routingId);
    let peer: ReplyPeer | undefined;
    for (let count = 1;; count++) {
      using part = this.receivePart();
      // libzmq hands out whole messages only.
      if (part === undefined) return undefined;
      const kept = count <= this.#maxParts;
      if (kept && peer !== undefined) parts.push(part.bytes.slice());
      else if (kept) {
        envelope.push(part.bytes.slice());
        if (part.size === 0) peer = describePeer(key, envelope, part);
      }
      if (part.more) continue;
      if (count === 1 && part.size === 0) return { kind: "gone", key };
      return kept && peer !== undefined && parts.length > 0
        ? { kind: "request", peer, parts }
        : undefined;
    }
  }
}

function describePeer(
  key: string,
  envelope: readonly Uint8Array<ArrayBuffer>[],
  part: ZmqMessage,
): ReplyPeer {
  const { peerAddress, userId, connection } = part;
  return { key, envelope, address: peerAddress, userId, connection };
}

function toHex(bytes: Uint8Array): string {
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  return pairs.join("");
}
