import { SEND_FLAG, SOCKET_TYPE } from "./constants.ts";
import type { ZmqContext } from "./context.ts";
import type { ZmqMessage } from "./message.ts";
import { MessageSocket } from "./message_socket.ts";
import type {
  ReceiveOptions,
  SendOptions,
  SocketOptions,
} from "./socket_options.ts";

/** Options of a {@linkcode RequestSocket}. */
export interface RequestOptions
  extends SocketOptions, SendOptions, ReceiveOptions {}

const EMPTY = new Uint8Array(0);

/**
 * The asking side of request and reply.
 *
 * On the wire it is a REQ client: a request goes out behind an empty part, and so does the answer come back. It is a
 * DEALER, so that a server which is asked to can answer in several messages, each bounded by the high-water mark, where
 * REQ takes one, which both ends hold in memory as a whole. Nothing says which request an answer belongs to: ask again
 * only after the answer is complete, and give up by closing the socket.
 */
export class RequestSocket extends MessageSocket {
  #inMessage = false;

  private constructor(context: ZmqContext, options: RequestOptions) {
    super(context, SOCKET_TYPE.DEALER, options);
  }

  /**
   * Makes a socket to ask by.
   *
   * @param context What to make it from.
   * @param options Its options.
   * @returns The socket, which the caller disposes of.
   * @throws {RangeError} If an option is out of its range.
   * @throws {ErrnoError} If libzmq refuses.
   */
  static open(
    context: ZmqContext,
    options: RequestOptions = {},
  ): RequestSocket {
    return new RequestSocket(context, options);
  }

  /**
   * Sends a request of one part, copying it.
   *
   * @param bytes The content; free to be changed at return.
   * @returns False if the queue is full or there is no peer: the request was not taken.
   * @throws {ErrnoError} If the socket is closed.
   */
  trySend(bytes: Uint8Array<ArrayBuffer>): boolean {
    const { DONTWAIT, SNDMORE } = SEND_FLAG;
    // Once the first part is taken, libzmq takes the rest.
    return this.sendCopy(EMPTY, DONTWAIT | SNDMORE) &&
      this.sendCopy(bytes, DONTWAIT);
  }

  /**
   * Receives one part of an answer without copying it. A part whose `more` is false ends a message.
   *
   * @returns The part, which the caller disposes of, or undefined if there is none now.
   * @throws {ErrnoError} If the socket is closed.
   */
  tryReceivePart(): ZmqMessage | undefined {
    for (;;) {
      const part = this.receivePart();
      if (part === undefined) return undefined;
      const first = !this.#inMessage;
      this.#inMessage = part.more;
      if (!first) return part;
      // The empty part before the answer. Without it the message is none of a REP's, and is left out, as REQ does.
      const envelope = part.size === 0 && part.more;
      part[Symbol.dispose]();
      if (!envelope) this.#skip();
    }
  }

  #skip(): void {
    while (this.#inMessage) {
      using part = this.receivePart();
      this.#inMessage = part?.more ?? false;
    }
  }
}
