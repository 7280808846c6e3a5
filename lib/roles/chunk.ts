/** Whole packets within some bytes. */
export interface WholeRecords {
  /** Packets. */
  packets: number;
  /** Bytes that they take, from the beginning. */
  bytes: number;
}

/** A part of a capture that is written at once: whole packets in the form of the output. */
export interface Chunk {
  /** The bytes, borrowed until {@linkcode release}. */
  bytes: Uint8Array;
  /** Packets in them. */
  packets: number;
  /**
   * Called exactly once: when the bytes were written or dropped.
   *
   * @param dropped How many of the packets were dropped: the last ones.
   */
  release(dropped: number): void;
  /**
   * Tells which packets lie wholly within the first bytes, for when a reader goes in the middle of the chunk. The packets behind them
   * are then written again for the next reader. Without it they are dropped.
   *
   * @param written How many bytes were written, 0 to all but one.
   */
  recordsWithin?(written: number): WholeRecords;
}
