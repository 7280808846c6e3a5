import { foreignVersion } from "../wire/frame_header_decoder.ts";
import type { ZmqMessage } from "../zmq/message.ts";
import { ChunkMemory } from "./chunk_memory.ts";
import type { OriginMessage } from "./guarded_inlet.ts";
import type { MessageInlet } from "./message_source.ts";

/**
 * Takes the messages of a socket into memory of our own, which is used again and again.
 *
 * A view of libzmq's memory would save the copy. But V8 counts each view as memory that garbage may hold, and collects garbage so often that it costs
 * more than the copies: a quarter of a receiver's CPU time at 1400-byte packets (docs/performance.md).
 */
export class CopiedMessages implements MessageInlet<OriginMessage> {
  /** The descriptor to wait on when nothing is there. */
  readonly fd: number;
  readonly #inlet: MessageInlet<ZmqMessage>;
  readonly #memory: MessageMemory;

  /**
   * Wraps a socket.
   *
   * @param inlet The socket.
   * @param headroom Bytes of memory before each message, as a share of its own. @default {0}
   */
  constructor(inlet: MessageInlet<ZmqMessage>, headroom = 0) {
    this.#inlet = inlet;
    this.#memory = { chunks: new ChunkMemory(), headroom };
    this.fd = inlet.fd;
  }

  /** Takes the next message, without waiting. */
  tryReceive(): OriginMessage | undefined {
    const message = this.#inlet.tryReceive();
    return message && new CopiedMessage(message, this.#memory);
  }
}

/** Where messages are copied to. */
interface MessageMemory {
  readonly chunks: ChunkMemory;
  readonly headroom: number;
}

/** A message that is copied when its bytes are first asked for; where it came from can be asked before that only, or of a frame of another version. */
class CopiedMessage implements OriginMessage {
  readonly #message: ZmqMessage;
  readonly #memory: MessageMemory;
  #slot: Uint8Array<ArrayBuffer> | undefined;
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Kept where it will be asked for, since asking costs a call of libzmq. */
  #connection: number | undefined;

  constructor(message: ZmqMessage, memory: MessageMemory) {
    this.#message = message;
    this.#memory = memory;
  }

  get userId(): string | undefined {
    return this.#message.userId;
  }

  get connection(): number | undefined {
    return this.#bytes === undefined
      ? this.#message.connection
      : this.#connection;
  }

  /** Bytes before the message. */
  get room(): number {
    return this.bytes.byteOffset;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes ??= this.#copy();
  }

  #copy(): Uint8Array<ArrayBuffer> {
    const { size } = this.#message;
    const { chunks, headroom } = this.#memory;
    const slot = chunks.take(Math.ceil(size * (1 + headroom)));
    this.#slot = slot;
    // At its end: what is before it is room.
    const bytes = slot.subarray(slot.length - size);
    this.#message.copyInto(bytes);
    if (foreignVersion(bytes) !== undefined) {
      this.#connection = this.#message.connection;
    }
    this.#message[Symbol.dispose]();
    return bytes;
  }

  [Symbol.dispose](): void {
    this.#message[Symbol.dispose]();
    if (this.#slot !== undefined) this.#memory.chunks.give(this.#slot);
    this.#slot = undefined;
  }
}
