// struct epoll_event { uint32_t events; epoll_data_t data; }: packed to 12 bytes on x86-64, 16 bytes everywhere else (sys/epoll.h).
const EVENT_WORDS = Deno.build.arch === "x86_64" ? 3 : 4;
const DATA_WORD = EVENT_WORDS - 2;

/** An array of `struct epoll_event`, with a descriptor as the data of each. */
export class EpollEvents {
  /** The memory that C reads or writes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Number of events there is room for. */
  readonly capacity: number;
  readonly #words: Int32Array<ArrayBuffer>;

  /**
   * Makes room for events.
   *
   * @param capacity Number of events to make room for.
   */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#words = new Int32Array(capacity * EVENT_WORDS);
    this.bytes = new Uint8Array(this.#words.buffer);
  }

  /** Sets the first event. */
  set(bits: number, descriptor: number): void {
    this.#words[0] = bits;
    this.#words[DATA_WORD] = descriptor;
  }

  /** What the event says: bits of EPOLL in constants.ts. */
  bits(index: number): number {
    return this.#words[index * EVENT_WORDS] ?? 0;
  }

  /** The descriptor that the event is about. */
  descriptor(index: number): number {
    return this.#words[index * EVENT_WORDS + DATA_WORD] ?? -1;
  }
}
