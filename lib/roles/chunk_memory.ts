/** Up to here new memory is as cheap as old. */
const SMALL = 16 * 1024;
/** Sizes are rounded up to multiples of this, so that memory fits another chunk of about the same size. */
const STEP = 64 * 1024;
/** Buffers kept for use again; more, after a time when nobody read, go back to the system, at once: until V8 collects them they would be taken for used. */
const KEPT = 24;

/** Memory for chunks that are copies: while a reader keeps up, the same few buffers are used again and again. */
export class ChunkMemory {
  readonly #idle: Uint8Array<ArrayBuffer>[] = [];

  /**
   * Takes memory.
   *
   * @param size Bytes that are needed.
   * @returns As many or more, at most twice as many where that is much; of any content.
   */
  take(size: number): Uint8Array<ArrayBuffer> {
    if (size <= SMALL) return new Uint8Array(size);
    const idle = this.#idle;
    for (let at = idle.length - 1; at >= 0; at--) {
      const buffer = idle[at];
      if (buffer === undefined) continue;
      const { length } = buffer;
      if (length < size || length > 2 * Math.max(size, STEP)) continue;
      idle.splice(at, 1);
      return buffer;
    }
    return new Uint8Array(Math.ceil(size / STEP) * STEP);
  }

  /**
   * Gives memory back.
   *
   * @param buffer What was taken.
   */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length <= SMALL) return;
    if (this.#idle.length >= KEPT) this.#idle.shift()?.buffer.transfer(0);
    this.#idle.push(buffer);
  }
}
