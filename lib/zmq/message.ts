import { encodeCString, readCString } from "../ffi/c_string.ts";
import { MESSAGE_PROPERTY } from "./constants.ts";
import type { ZmqContext } from "./context.ts";
import { unmapAddress } from "./ip_address.ts";
import type { MessageSlot } from "./message_slab.ts";

const USER_ID = encodeCString("User-Id");
const PEER_ADDRESS = encodeCString("Peer-Address");

/**
 * One received message part, in libzmq's own memory.
 *
 * Any number may be held; each must be disposed of, or its memory stays taken until the context ends.
 */
export class ZmqMessage implements Disposable {
  /** Size of the content, in bytes. */
  readonly size: number;
  readonly #context: ZmqContext;
  #slot: MessageSlot | undefined;
  #bytes: Uint8Array<ArrayBuffer> | undefined;

  /**
   * Made by the sockets.
   *
   * @param context The context of the socket.
   * @param slot The slot that holds the message; the message owns it from here on.
   * @param size What `zmq_msg_recv` returned.
   */
  constructor(context: ZmqContext, slot: MessageSlot, size: number) {
    this.#context = context;
    this.#slot = slot;
    this.size = size;
  }

  /**
   * Copies the content into memory of the caller. Where it is kept anyway this is cheaper than {@linkcode bytes}.
   *
   * @param target Where to, from its first byte on.
   * @throws {RangeError} If it is shorter than the message.
   * @throws {TypeError} If the message has been disposed of.
   */
  copyInto(target: Uint8Array<ArrayBuffer>): void {
    const pointer = this.#pointer();
    if (target.length < this.size) {
      throw new RangeError(
        `Cannot copy a message of ${this.size} bytes into ${target.length}`,
      );
    }
    const data = this.#context.symbols.zmq_msg_data(pointer);
    if (data === null || this.size === 0) return;
    const exact = target.length === this.size
      ? target
      : target.subarray(0, this.size);
    Deno.UnsafePointerView.copyInto(data, exact);
  }

  /**
   * The content, borrowed: the memory belongs to libzmq and is another's once the message is disposed of. Copy what is
   * to stay.
   *
   * Making this view is not free: V8 takes the memory for its own and collects garbage more often. At 256 KiB a message it
   * costs 9 µs in Deno 2.9 and 70 µs in 2.6, where {@linkcode copyInto} and {@linkcode PullSocket.tryReceiveInto} take 4.
   *
   * @throws {TypeError} If the message has been disposed of.
   */
  get bytes(): Uint8Array<ArrayBuffer> {
    const pointer = this.#pointer();
    return this.#bytes ??= this.#view(pointer);
  }

  /** Whether further parts of the same message follow (`zmq_msg_more`). */
  get more(): boolean {
    return this.#context.symbols.zmq_msg_more(this.#pointer()) === 1;
  }

  /** The name that a {@linkcode ZapHandler} gave to the sender's key, or undefined if none did. */
  get userId(): string | undefined {
    return this.#property(USER_ID);
  }

  /** The address of the sender without its port, or undefined for transports that have none. */
  get peerAddress(): string | undefined {
    const address = this.#property(PEER_ADDRESS);
    return address === undefined || address === ""
      ? undefined
      : unmapAddress(address);
  }

  /** Descriptor of the connection it came by (`ZMQ_SRCFD`), or undefined for inproc. The connection may have ended. */
  get connection(): number | undefined {
    const fd = this.#context.symbols.zmq_msg_get(
      this.#pointer(),
      MESSAGE_PROPERTY.SRCFD,
    );
    return fd < 0 ? undefined : fd;
  }

  /** Gives the memory back to libzmq; {@linkcode bytes} must not be used any more. Does nothing the second time. */
  [Symbol.dispose](): void {
    if (this.#slot === undefined) return;
    this.#context.messages.release(this.#slot);
    this.#slot = undefined;
    this.#bytes = undefined;
  }

  #view(pointer: Deno.PointerObject): Uint8Array<ArrayBuffer> {
    const data = this.#context.symbols.zmq_msg_data(pointer);
    if (data === null || this.size === 0) return new Uint8Array(0);
    return new Uint8Array(
      Deno.UnsafePointerView.getArrayBuffer(data, this.size),
    );
  }

  #property(name: Uint8Array<ArrayBuffer>): string | undefined {
    const value = this.#context.symbols.zmq_msg_gets(this.#pointer(), name);
    return value === null ? undefined : readCString(value);
  }

  #pointer(): Deno.PointerObject {
    // A slot that is not taken any more was released at the end of the context.
    if (this.#slot?.taken !== true) {
      throw new TypeError("Cannot read a ZeroMQ message: it was disposed of");
    }
    return this.#slot.pointer;
  }
}
