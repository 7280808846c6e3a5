const EMPTY = new Uint8Array(0);

/**
 * Bytes that arrive in chunks cut anywhere and are taken in pieces that mean something.
 *
 * What it hands out stays as it is: it borrows from the chunk that was pushed or, where a piece lies across chunks, from a buffer that
 * is never written twice.
 */
export class ByteQueue {
  #bytes: Uint8Array = EMPTY;
  #view: DataView = new DataView(EMPTY.buffer);
  #start = 0;
  #end = 0;
  #owned = false;
  #offset = 0;

  /** Bytes that are there and not yet taken. */
  get available(): number {
    return this.#end - this.#start;
  }

  /** How many bytes were taken so far: where {@linkcode start} lies in the input. */
  get offset(): number {
    return this.#offset;
  }

  /** A view in which the next byte is that at {@linkcode start}; another one after each {@linkcode push}. */
  get view(): DataView {
    return this.#view;
  }

  /** Where the next byte lies in {@linkcode view}. */
  get start(): number {
    return this.#start;
  }

  /**
   * Adds a chunk.
   *
   * @param chunk The bytes; borrowed when nothing is left of the chunks before, else copied.
   */
  push(chunk: Uint8Array): void {
    const left = this.available;
    if (left === 0) {
      this.#use(chunk, false);
      this.#end = chunk.byteLength;
      return;
    }
    const needed = left + chunk.byteLength;
    if (!this.#owned || this.#end + chunk.byteLength > this.#bytes.byteLength) {
      // Room for as much again, so that many small chunks are not copied many times.
      const wider = new Uint8Array(needed * 2);
      wider.set(this.#bytes.subarray(this.#start, this.#end));
      this.#use(wider, true);
      this.#end = left;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.byteLength;
  }

  /**
   * Looks at the next bytes without taking them.
   *
   * @param count How many, at most {@linkcode available}.
   * @returns The bytes, borrowed.
   */
  peek(count: number): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#start + count);
  }

  /**
   * Takes bytes away.
   *
   * @param count How many, at most {@linkcode available}.
   */
  skip(count: number): void {
    this.#start += count;
    this.#offset += count;
  }

  #use(bytes: Uint8Array, owned: boolean): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#start = 0;
    this.#owned = owned;
  }
}
