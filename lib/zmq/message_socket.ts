import { SEND_FLAG, SOCKET_EVENT } from "./constants.ts";
import { ZmqMessage } from "./message.ts";
import type { MessageBuffer } from "./message_buffer.ts";
import type { MessageSlot } from "./message_slab.ts";
import { ZmqSocket } from "./socket.ts";

/** How sockets send and receive, for the classes that say which of it their role can do. */
export abstract class MessageSocket extends ZmqSocket {
  #receiveSlot: MessageSlot | undefined;
  #sendSlot: MessageSlot | undefined;

  /** Closes the socket; what it has queued still goes out within `linger`. Does nothing the second time. */
  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    const { messages } = this.context;
    if (this.#receiveSlot !== undefined) messages.release(this.#receiveSlot);
    if (this.#sendSlot !== undefined) messages.release(this.#sendSlot);
    this.#receiveSlot = undefined;
    this.#sendSlot = undefined;
  }

  /**
   * Receives one part without copying it.
   *
   * @returns The part, which the caller disposes of, or undefined if there is none now.
   * @throws {ErrnoError} If the socket is closed.
   */
  protected receivePart(): ZmqMessage | undefined {
    const slot = this.#receiveSlot ??= this.context.messages.acquire();
    const { pointer } = slot;
    const { symbols } = this;
    let attempt = 0;
    for (;;) {
      const size = symbols.zmq_msg_recv(
        pointer,
        this.handle,
        SEND_FLAG.DONTWAIT,
      );
      if (size >= 0) {
        this.#receiveSlot = undefined;
        return new ZmqMessage(this.context, slot, size);
      }
      if (this.wouldBlock("zmq_msg_recv", attempt++)) return undefined;
    }
  }

  /**
   * Sends one part, copying it.
   *
   * @param bytes The content; free to be changed at return.
   * @param flags Bits of {@linkcode SEND_FLAG}.
   * @returns Whether it was taken; false at the high-water mark or without a peer.
   * @throws {ErrnoError} If the socket is closed.
   */
  protected sendCopy(bytes: Uint8Array<ArrayBuffer>, flags: number): boolean {
    const size = BigInt(bytes.byteLength);
    const { symbols } = this;
    let attempt = 0;
    let looked = false;
    while (symbols.zmq_send(this.handle, bytes, size, flags) < 0) {
      if (!this.wouldBlock("zmq_send", attempt++)) continue;
      if (looked || !this.#hasRoom()) return false;
      looked = true;
    }
    return true;
  }

  /**
   * Sends the start of a buffer without copying it.
   *
   * @param buffer The buffer; libzmq's if it was taken, else still the caller's and unchanged.
   * @param length How many of its bytes are the part.
   * @param flags Bits of {@linkcode SEND_FLAG}.
   * @returns Whether it was taken; false at the high-water mark or without a peer.
   * @throws {RangeError} If the length is more than the buffer holds.
   * @throws {TypeError} If libzmq still has the buffer.
   * @throws {ErrnoError} If the socket is closed.
   */
  protected sendOwned(
    buffer: MessageBuffer,
    length: number,
    flags: number,
  ): boolean {
    if (!(length >= 0 && length <= buffer.capacity)) {
      throw new RangeError(
        `Cannot send ${length} bytes of a buffer of ${buffer.capacity}`,
      );
    }
    const size = BigInt(length);
    return buffer.lend(() => this.#sendBuffer(buffer.pointer, size, flags));
  }

  /**
   * Sends bytes without copying them, and without being told when libzmq is done with them.
   *
   * @param bytes The content. It must stay as it is, and be kept from the garbage collector, until libzmq is done with what was sent
   * behind it to the same peer.
   * @param flags Bits of {@linkcode SEND_FLAG}.
   * @returns Whether it was taken; false at the high-water mark or without a peer.
   * @throws {ErrnoError} If the socket is closed.
   */
  protected sendBorrowed(
    bytes: Uint8Array<ArrayBuffer>,
    flags: number,
  ): boolean {
    const pointer = Deno.UnsafePointer.of(bytes);
    if (pointer === null) return this.sendCopy(bytes, flags);
    return this.#sendBuffer(pointer, BigInt(bytes.byteLength), flags, null);
  }

  /**
   * Looks whether a queue that was full still is. To save time, libzmq's send calls take notice of what its threads say
   * only once a millisecond or so, and would refuse messages that there is room for; asking for ZMQ_EVENTS takes notice.
   */
  #hasRoom(): boolean {
    return (this.events() & SOCKET_EVENT.WRITABLE) !== 0;
  }

  #sendBuffer(
    data: Deno.PointerObject,
    size: bigint,
    flags: number,
    free: Deno.PointerValue = this.symbols.zmq_atomic_counter_inc,
  ): boolean {
    const slot = this.#sendSlot ??= this.context.messages.acquire();
    const { pointer } = slot;
    const { symbols } = this;
    const made = symbols.zmq_msg_init_data(
      pointer,
      data,
      size,
      free,
      null,
    );
    // Only for want of memory.
    if (made < 0) this.fail("Cannot make a message", "zmq_msg_init_data");
    let sent = false;
    try {
      let attempt = 0;
      let looked = false;
      while (symbols.zmq_msg_send(pointer, this.handle, flags) < 0) {
        if (!this.wouldBlock("zmq_msg_send", attempt++)) continue;
        if (looked || !this.#hasRoom()) return false;
        looked = true;
      }
      sent = true;
    } finally {
      // An unsent message still has the memory; closing it lets go of it. A sent one has left an empty message behind.
      if (!sent) {
        symbols.zmq_msg_close(pointer);
        symbols.zmq_msg_init(pointer);
      }
    }
    return sent;
  }
}
