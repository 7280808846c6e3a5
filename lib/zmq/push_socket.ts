import { SEND_FLAG, SOCKET_TYPE } from "./constants.ts";
import type { ZmqContext } from "./context.ts";
import type { MessageBuffer } from "./message_buffer.ts";
import { MessageSocket } from "./message_socket.ts";
import {
  SEND_LINGER,
  type SendOptions,
  type SocketOptions,
} from "./socket_options.ts";

/** Options of a {@linkcode PushSocket}. */
export interface PushOptions extends SocketOptions, SendOptions {}

/**
 * A PUSH socket: sends each message to one of its peers, in turn, skipping those whose queue is full.
 *
 * Let it be the side that connects: a connecting PUSH keeps its queue while the receiver is replaced, a bound one loses
 * it. A message that was taken is not yet delivered; what a dying connection had in flight is lost without notice.
 */
export class PushSocket extends MessageSocket {
  private constructor(context: ZmqContext, options: PushOptions) {
    super(context, SOCKET_TYPE.PUSH, { linger: SEND_LINGER, ...options });
  }

  /**
   * Makes a PUSH socket.
   *
   * @param context What to make it from.
   * @param options Its options.
   * @returns The socket, which the caller disposes of.
   * @throws {RangeError} If an option is out of its range.
   * @throws {ErrnoError} If libzmq refuses.
   */
  static open(context: ZmqContext, options: PushOptions = {}): PushSocket {
    return new PushSocket(context, options);
  }

  /**
   * Sends a message, copying it.
   *
   * @param bytes The content; free to be changed at return.
   * @returns False if every peer's queue is full, or there is no peer: the message was not taken.
   * @throws {ErrnoError} If the socket is closed.
   */
  trySend(bytes: Uint8Array<ArrayBuffer>): boolean {
    return this.sendCopy(bytes, SEND_FLAG.DONTWAIT);
  }

  /**
   * Sends the start of a buffer without copying it.
   *
   * @param buffer The buffer. If it was taken it is libzmq's, and its bytes must not be touched until the pool hands it
   * out again; if not, it is still the caller's, unchanged.
   * @param length How many of its bytes are the message.
   * @returns False if every peer's queue is full, or there is no peer: the message was not taken.
   * @throws {RangeError} If the length is more than the buffer holds.
   * @throws {TypeError} If libzmq still has the buffer.
   * @throws {ErrnoError} If the socket is closed.
   */
  trySendOwned(buffer: MessageBuffer, length: number): boolean {
    return this.sendOwned(buffer, length, SEND_FLAG.DONTWAIT);
  }
}
