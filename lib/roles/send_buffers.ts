import { BatchBuilder } from "../batch_builder.ts";
import { FRAME_SIZE, TRAILER_RESERVE } from "../wire/constants.ts";
import { hasFrameMagic } from "../wire/frame_header_decoder.ts";
import type {
  MessageBuffer,
  MessageBufferPool,
} from "../zmq/message_buffer.ts";
import type { PushSocket } from "../zmq/push_socket.ts";
import type { BatchPool } from "./builder_pool.ts";
import type { FrameQueue, FrameQueueState } from "./frame_queue.ts";

/** Least bytes of a message that is worth sending without a copy; below that the call costs more than the copy. */
const WORTH_LENDING = 4096;

/**
 * Builders whose memory libzmq sends from, so that a packet is copied once on its way from the kernel's datagram to the network.
 *
 * At most `size` of them are in use at a time; beside these there are those that libzmq has queued, as many as the high-water mark allows.
 */
export class SendBuffers implements BatchPool {
  readonly #buffers: MessageBufferPool;
  readonly #copies: FrameQueue;
  readonly #headerSize: number;
  readonly #builders = new WeakMap<MessageBuffer, BatchBuilder>();
  readonly #owners = new WeakMap<ArrayBuffer, MessageBuffer>();
  /** Buffers that were lent since they were taken. */
  readonly #lent = new Set<MessageBuffer>();
  #peak = 0;
  readonly #waiting: ((builder: BatchBuilder) => void)[] = [];
  #free: number;

  /**
   * @param buffers Memory for messages, 256 KiB each.
   * @param options How many builders may be in use at a time, how many bytes the header of their frames takes, and what sends the frames that have to be
   * copied: small and compressed ones.
   */
  constructor(
    buffers: MessageBufferPool,
    { size, headerSize, copies }: {
      size: number;
      headerSize: number;
      copies: FrameQueue;
    },
  ) {
    this.#buffers = buffers;
    this.#copies = copies;
    this.#headerSize = headerSize;
    this.#free = size;
  }

  /** How many frames wait in ZeroMQ, and how many did at most. */
  get queue(): FrameQueueState {
    return {
      send_queue_frames: this.#length,
      send_queue_peak_frames: this.#peak,
    };
  }

  /** Takes an empty builder, at once or when one is given back. */
  take(): BatchBuilder | Promise<BatchBuilder> {
    if (this.#free === 0) {
      return new Promise((resolve) => this.#waiting.push(resolve));
    }
    this.#free--;
    return this.#builder();
  }

  #builder(): BatchBuilder {
    const buffer = this.#buffers.take();
    let builder = this.#builders.get(buffer);
    if (builder === undefined) {
      builder = new BatchBuilder(buffer.bytes, {
        start: this.#headerSize,
        limit: FRAME_SIZE - TRAILER_RESERVE,
      });
      this.#builders.set(buffer, builder);
      this.#owners.set(buffer.bytes.buffer, buffer);
    }
    builder.reset();
    return builder;
  }

  /**
   * Gives a builder back. If its message was lent to libzmq, its memory comes back by itself.
   *
   * @param builder One that was taken.
   */
  give(builder: BatchBuilder): void {
    const buffer = this.#owners.get(builder.bytes.buffer);
    if (buffer !== undefined && !this.#lent.delete(buffer)) {
      this.#buffers.giveBack(buffer);
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next(this.#builder());
  }

  /**
   * Sends a message: from the builder's own memory if that is where it is, else copying it.
   *
   * @param socket Where to.
   * @param message The message; not to be touched any more if it was taken.
   * @returns Whether it was taken.
   */
  trySend(socket: PushSocket, message: Uint8Array<ArrayBuffer>): boolean {
    const buffer = message.byteOffset === 0 &&
        message.byteLength >= WORTH_LENDING
      ? this.#owners.get(message.buffer)
      : undefined;
    const taken = buffer === undefined
      ? this.#copies.trySend(socket, message)
      : socket.trySendOwned(buffer, message.byteLength);
    if (taken && buffer !== undefined) this.#lent.add(buffer);
    if (taken && hasFrameMagic(message)) {
      this.#peak = Math.max(this.#peak, this.#length);
    }
    return taken;
  }

  get #length(): number {
    return this.#buffers.inFlight + this.#copies.length;
  }
}
