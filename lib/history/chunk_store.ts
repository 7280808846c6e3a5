import { ENTRY, WindowChunk } from "./window_chunk.ts";

/** Pieces that are kept for use again: one leaves as one is begun, or nearly so. */
const MOST_SPARE = 2;

/**
 * The memory of a window: pieces of one size in a row that grows at one end and shrinks at the other.
 *
 * A position is a number of bytes since the window began; it only grows.
 */
export class ChunkStore {
  /** Bytes of a piece. */
  readonly chunkSize: number;
  readonly #chunks = new Map<number, WindowChunk>();
  readonly #spare: WindowChunk[] = [];
  #begun = 0;

  /**
   * Makes an empty one.
   *
   * @param chunkSize Bytes of a piece.
   */
  constructor(chunkSize: number) {
    this.chunkSize = chunkSize;
  }

  /** Bytes of memory taken. */
  get memory(): number {
    return (this.#chunks.size + this.#spare.length) * this.chunkSize;
  }

  /** Number that the next piece will have. */
  get begun(): number {
    return this.#begun;
  }

  /**
   * Tells in which piece a position is.
   *
   * @param position The position.
   * @returns The piece's number.
   */
  numberOf(position: number): number {
    return Math.floor(position / this.chunkSize);
  }

  /**
   * Gives a piece that is in use.
   *
   * @param number Its number.
   * @returns The piece.
   * @throws {RangeError} If it has left.
   */
  get(number: number): WindowChunk {
    const chunk = this.#chunks.get(number);
    if (chunk === undefined) {
      throw new RangeError(`Cannot read piece ${number}: it has left`);
    }
    return chunk;
  }

  /**
   * Gives the piece in which a position is, and takes memory for it when the row does not reach that far.
   *
   * @param position The position.
   * @returns The piece.
   */
  at(position: number): WindowChunk {
    const number = this.numberOf(position);
    while (this.#begun <= number) {
      const chunk = this.#spare.pop() ?? new WindowChunk(this.chunkSize);
      chunk.reset(this.#begun++);
      this.#chunks.set(chunk.number, chunk);
    }
    return this.get(number);
  }

  /**
   * Gives the position at which an entry that would be at a position begins: its head is never torn apart.
   *
   * @param position The position.
   * @returns The same, or the beginning of the next piece.
   */
  alignEntry(position: number): number {
    const offset = position % this.chunkSize;
    return this.chunkSize - offset < ENTRY.END
      ? position - offset + this.chunkSize
      : position;
  }

  /**
   * Gives the bytes from a position on, as they lie: one part, or several where they go on in the next piece.
   *
   * @param position Where they begin.
   * @param size How many there are.
   * @yields Each part with its piece, borrowed.
   */
  *parts(
    position: number,
    size: number,
  ): Generator<{ chunk: WindowChunk; bytes: Uint8Array<ArrayBuffer> }> {
    const end = position + size;
    for (let at = position; at < end;) {
      const offset = at % this.chunkSize;
      const length = Math.min(end - at, this.chunkSize - offset);
      const chunk = this.at(at);
      yield { chunk, bytes: chunk.bytes.subarray(offset, offset + length) };
      at += length;
    }
  }

  /**
   * Tells how many pieces before a certain one are still in use.
   *
   * @param number The piece.
   * @returns How many there are.
   */
  countBefore(number: number): number {
    return this.#chunks.size - Math.max(this.#begun - number, 0);
  }

  /**
   * Takes pieces before a certain one out of use.
   *
   * @param number The piece.
   * @param isWanted Tells whether a piece must stay.
   */
  dropBefore(number: number, isWanted: (chunk: WindowChunk) => boolean): void {
    for (const chunk of this.#chunks.values()) {
      if (chunk.number >= number) return;
      if (isWanted(chunk)) continue;
      this.#chunks.delete(chunk.number);
      if (this.#spare.length < MOST_SPARE) this.#spare.push(chunk);
    }
  }
}
