import { hasFrameMagic } from "../wire/frame_header_decoder.ts";
import type { MessageBuffer } from "../zmq/message_buffer.ts";
import type { PushSocket } from "../zmq/push_socket.ts";

/** Memory for messages of one size, see {@linkcode MessageBufferPool}. */
export interface FrameMemory {
  /** How many of its buffers libzmq has. */
  readonly inFlight: number;
  /** Takes a buffer that nobody uses. */
  take(): MessageBuffer;
  /** Gives back a buffer that was taken and not sent. */
  giveBack(buffer: MessageBuffer): void;
}

/** How full the queue of ZeroMQ is, and was at most. */
export type FrameQueueState = Readonly<
  Record<"send_queue_frames" | "send_queue_peak_frames", number>
>;

/** Least memory that is taken for a frame, in bytes. */
const LEAST_CAPACITY = 4096;

/**
 * Sends copies of frames from memory that tells when libzmq is done with it: so it is known how many wait, which libzmq does not say.
 *
 * Messages of the Python original's kind are not among them. Where they are sent there are hundreds of thousands of them.
 */
export class FrameQueue {
  readonly #openMemory: (capacity: number) => FrameMemory;
  /** Memory by size, each a power of two. */
  readonly #memories = new Map<number, FrameMemory>();
  #peak = 0;

  /**
   * Makes an empty one.
   *
   * @param openMemory Gives memory for messages of a size in bytes; asked once for each size, which are powers of two from 4 KiB on.
   */
  constructor(openMemory: (capacity: number) => FrameMemory) {
    this.#openMemory = openMemory;
  }

  /** Frames that were sent and that libzmq still has. */
  get length(): number {
    let sum = 0;
    for (const memory of this.#memories.values()) sum += memory.inFlight;
    return sum;
  }

  /** How full it is, and was at most. */
  get state(): FrameQueueState {
    return {
      send_queue_frames: this.length,
      send_queue_peak_frames: this.#peak,
    };
  }

  /**
   * Sends a message.
   *
   * @param socket Where to.
   * @param message The message; it is copied.
   * @returns Whether it was taken.
   */
  trySend(
    socket: Pick<PushSocket, "trySend" | "trySendOwned">,
    message: Uint8Array<ArrayBuffer>,
  ): boolean {
    if (!hasFrameMagic(message)) return socket.trySend(message);
    const memory = this.#memoryFor(message.byteLength);
    const buffer = memory.take();
    buffer.bytes.set(message);
    if (!socket.trySendOwned(buffer, message.byteLength)) {
      memory.giveBack(buffer);
      return false;
    }
    this.#peak = Math.max(this.#peak, this.length);
    return true;
  }

  #memoryFor(size: number): FrameMemory {
    const least = Math.max(size, LEAST_CAPACITY);
    const capacity = 2 ** Math.ceil(Math.log2(least));
    let memory = this.#memories.get(capacity);
    if (memory === undefined) {
      memory = this.#openMemory(capacity);
      this.#memories.set(capacity, memory);
    }
    return memory;
  }
}
