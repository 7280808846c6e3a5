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
  /** The pieces from some number on, without a gap. */
  readonly #row: WindowChunk[] = [];
  /** Pieces before these that somebody still needs, by number: mostly none. */
  readonly #kept = new Map<number, WindowChunk>();
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
    const chunks = this.#row.length + this.#kept.size + this.#spare.length;
    return chunks * this.chunkSize;
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
    const place = number - this.#first;
    const chunk = place < 0 ? this.#kept.get(number) : this.#row[place];
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
      this.#row.push(chunk);
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
    const inRow = Math.min(Math.max(number - this.#first, 0), this.#row.length);
    return this.#kept.size + inRow;
  }

  /**
   * Takes pieces before a certain one out of use.
   *
   * @param number The piece.
   * @param isWanted Tells whether a piece must stay.
   */
  dropBefore(number: number, isWanted: (chunk: WindowChunk) => boolean): void {
    const row = this.#row;
    for (let first = row[0]; first && first.number < number; first = row[0]) {
      row.shift();
      this.#kept.set(first.number, first);
    }
    for (const chunk of this.#kept.values()) {
      if (isWanted(chunk)) continue;
      this.#kept.delete(chunk.number);
      if (this.#spare.length < MOST_SPARE) this.#spare.push(chunk);
    }
  }

  /** Number of the first piece in the row. */
  get #first(): number {
    return this.#begun - this.#row.length;
  }
}
