import type { ZmqContext } from "./context.ts";

const WORD_SIZE = 4;

/** What a pool hands out. */
export interface MessageBufferPoolOptions {
  /** Size of every buffer, in bytes, at least 4. */
  capacity: number;
  /**
   * How many unused buffers are kept for reuse. More than that, after a time of congestion, go back to the system.
   *
   * @default {16}
   */
  idleLimit?: number;
}

/**
 * Memory that a message is written into and sent from without a copy, see {@linkcode PushSocket.trySendOwned}.
 *
 * It is ordinary garbage-collected memory, so a stale view of it is never dangling. libzmq says that it is done by
 * calling its "free" function on another thread; that is `zmq_atomic_counter_inc`, which adds one to the first four
 * bytes. A buffer is free again when its first word is not what it was when it was sent: no callback into JavaScript,
 * no malloc, and the pages stay mapped (measured against malloc and free: a third less CPU for 256 KiB messages).
 */
export class MessageBuffer {
  /** The memory, to write the message into. Borrowed: not to be touched while libzmq has it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Address of the memory, for the sockets of this folder. */
  readonly pointer: Deno.PointerObject;
  readonly #word: Int32Array<ArrayBuffer>;
  readonly #onLent: (buffer: MessageBuffer) => void;
  #lentWord: number | undefined;

  /**
   * Made by {@linkcode MessageBufferPool.take}.
   *
   * @param capacity Size in bytes, at least 4.
   * @param onLent Called when libzmq has taken the buffer.
   */
  constructor(capacity: number, onLent: (buffer: MessageBuffer) => void) {
    const memory = new ArrayBuffer(capacity);
    const pointer = Deno.UnsafePointer.of(memory);
    if (pointer === null) throw new RangeError("Cannot use an empty buffer");
    this.bytes = new Uint8Array(memory);
    this.pointer = pointer;
    this.#word = new Int32Array(memory, 0, 1);
    this.#onLent = onLent;
  }

  /** Size of the memory, in bytes. */
  get capacity(): number {
    return this.bytes.length;
  }

  /** Whether libzmq has it: queued, or being written to a connection. */
  get inFlight(): boolean {
    if (this.#lentWord === undefined) return false;
    if (Atomics.load(this.#word, 0) === this.#lentWord) return true;
    // Forgotten here, since the next content may begin with the very same word.
    this.#lentWord = undefined;
    return false;
  }

  /** Gives the memory back to the system now, not when garbage is collected. The buffer is of no use any more. */
  discard(): void {
    this.bytes.buffer.transfer(0);
  }

  /**
   * Runs a call that hands the memory to libzmq, for the sockets of this folder.
   *
   * @param send Sends; returns whether libzmq has the memory now. If not, it has already let go of it.
   * @returns What `send` returned.
   * @throws {TypeError} If libzmq still has the memory from before.
   */
  lend(send: () => boolean): boolean {
    if (this.inFlight) {
      throw new TypeError("Cannot send a buffer: libzmq still has it");
    }
    // The other thread may be done before `send` returns, so the word is noted first.
    const word = Atomics.load(this.#word, 0);
    let lent = false;
    try {
      lent = send();
    } finally {
      // Letting go of an unsent message counts the word up as well.
      if (!lent) Atomics.store(this.#word, 0, word);
    }
    this.#lentWord = lent ? word : undefined;
    if (lent) this.#onLent(this);
    return lent;
  }
}

/** Buffers of one size that come back when libzmq is done with them. Unbounded: the high-water mark is the bound. */
export class MessageBufferPool {
  readonly #capacity: number;
  readonly #idleLimit: number;
  readonly #idle: MessageBuffer[] = [];
  readonly #lent: MessageBuffer[] = [];
  readonly #onLent = (buffer: MessageBuffer): void => {
    this.#lent.push(buffer);
  };

  /**
   * Makes an empty pool.
   *
   * @param context The context whose sockets will send the buffers; it keeps them from the garbage collector.
   * @param options Their size.
   * @throws {RangeError} If the size is less than 4 bytes or no integer.
   */
  constructor(context: ZmqContext, options: MessageBufferPoolOptions) {
    const { capacity, idleLimit = 16 } = options;
    if (!Number.isSafeInteger(capacity) || capacity < WORD_SIZE) {
      throw new RangeError(
        `Cannot make message buffers of ${capacity} bytes: less than ${WORD_SIZE}`,
      );
    }
    this.#capacity = capacity;
    this.#idleLimit = idleLimit;
    context.keep(this);
  }

  /**
   * How many buffers libzmq has: the length of the queue in messages, of all sockets that send from this pool. 0 means
   * that everything was handed to the kernel.
   */
  get inFlight(): number {
    this.#reclaim();
    return this.#lent.length;
  }

  /**
   * Takes a buffer that nobody uses, in the order that keeps the fewest pages busy.
   *
   * @returns The buffer; its content is arbitrary. It is taken until it is sent or given back.
   */
  take(): MessageBuffer {
    if (this.#idle.length === 0) this.#reclaim();
    return this.#idle.pop() ?? new MessageBuffer(this.#capacity, this.#onLent);
  }

  /**
   * Gives back a buffer that was taken and not sent.
   *
   * @param buffer The buffer.
   */
  giveBack(buffer: MessageBuffer): void {
    this.#idle.push(buffer);
    if (this.#idle.length > this.#idleLimit) this.#idle.shift()?.discard();
  }

  #reclaim(): void {
    let kept = 0;
    for (const buffer of this.#lent) {
      if (buffer.inFlight) this.#lent[kept++] = buffer;
      else this.giveBack(buffer);
    }
    this.#lent.length = kept;
  }
}
