import { SEND_FLAG, SOCKET_TYPE } from "./constants.ts";
import type { ZmqContext } from "./context.ts";
import type { MessageBuffer } from "./message_buffer.ts";
import type { MessageSlot } from "./message_slab.ts";
import { ZmqSocket } from "./socket.ts";
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
export class PushSocket extends ZmqSocket {
  #slot: MessageSlot | undefined;

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
    const size = BigInt(bytes.byteLength);
    let attempt = 0;
    while (
      this.symbols.zmq_send(this.handle, bytes, size, SEND_FLAG.DONTWAIT) < 0
    ) {
      if (this.wouldBlock("zmq_send", attempt++)) return false;
    }
    return true;
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
    if (!(length >= 0 && length <= buffer.capacity)) {
      throw new RangeError(
        `Cannot send ${length} bytes of a buffer of ${buffer.capacity}`,
      );
    }
    const size = BigInt(length);
    return buffer.lend(() => this.#sendBuffer(buffer.pointer, size));
  }

  /** Closes the socket; what it has queued still goes out within `linger`. Does nothing the second time. */
  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    if (this.#slot !== undefined) this.context.messages.release(this.#slot);
    this.#slot = undefined;
  }

  #sendBuffer(data: Deno.PointerObject, size: bigint): boolean {
    const { pointer } = this.#slot ??= this.context.messages.acquire();
    const { symbols } = this;
    // It fails only for want of memory.
    const made = symbols.zmq_msg_init_data(
      pointer,
      data,
      size,
      symbols.zmq_atomic_counter_inc,
      null,
    );
    if (made < 0) this.fail("Cannot make a message", "zmq_msg_init_data");
    let sent = false;
    try {
      let attempt = 0;
      while (
        symbols.zmq_msg_send(pointer, this.handle, SEND_FLAG.DONTWAIT) < 0
      ) {
        if (this.wouldBlock("zmq_msg_send", attempt++)) return false;
      }
      sent = true;
      return true;
    } finally {
      // An unsent message still has the memory; closing it lets go of it.
      if (!sent) {
        symbols.zmq_msg_close(pointer);
        symbols.zmq_msg_init(pointer);
      }
    }
  }
}
