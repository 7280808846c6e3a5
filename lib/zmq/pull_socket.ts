import { SEND_FLAG, SOCKET_TYPE } from "./constants.ts";
import type { ZmqContext } from "./context.ts";
import type { ZmqMessage } from "./message.ts";
import { MessageSocket } from "./message_socket.ts";
import type { ReceiveOptions, SocketOptions } from "./socket_options.ts";

/** Options of a {@linkcode PullSocket}. */
export interface PullOptions extends SocketOptions, ReceiveOptions {}

/** A PULL socket: receives from all its peers, fairly. */
export class PullSocket extends MessageSocket {
  private constructor(context: ZmqContext, options: PullOptions) {
    super(context, SOCKET_TYPE.PULL, options);
  }

  /**
   * Makes a PULL socket.
   *
   * @param context What to make it from.
   * @param options Its options.
   * @returns The socket, which the caller disposes of.
   * @throws {RangeError} If an option is out of its range.
   * @throws {ErrnoError} If libzmq refuses.
   */
  static open(context: ZmqContext, options: PullOptions = {}): PullSocket {
    return new PullSocket(context, options);
  }

  /**
   * Receives one message without copying it. Of a multipart message, each part is one.
   *
   * @returns The message, which the caller disposes of whenever it likes, or undefined if there is none now.
   * @throws {ErrnoError} If the socket is closed.
   */
  tryReceive(): ZmqMessage | undefined {
    return this.receivePart();
  }

  /**
   * Receives one message into memory of the caller, copying it.
   *
   * @param buffer Where to; what does not fit is lost.
   * @returns The full size of the message in bytes, which is more than the buffer's if it did not fit; -1 if there is
   * none now.
   * @throws {ErrnoError} If the socket is closed.
   */
  tryReceiveInto(buffer: Uint8Array<ArrayBuffer>): number {
    const capacity = BigInt(buffer.byteLength);
    let attempt = 0;
    for (;;) {
      const size = this.symbols.zmq_recv(
        this.handle,
        buffer,
        capacity,
        SEND_FLAG.DONTWAIT,
      );
      if (size >= 0) return size;
      if (this.wouldBlock("zmq_recv", attempt++)) return -1;
    }
  }
}
