// What is written to: a FIFO, a file or standard output, all of them without ever blocking the event loop.

/** How it stands with an output. */
export type OutputState =
  | "waiting for a reader"
  | "writing"
  | "stalled"
  | "disk full"
  | "failing"
  | "closed";

/**
 * What became of a write: how many bytes were taken, 0 or more, or one of these.
 *
 * - `cut`: none, as the stream had ended; {@linkcode OutputListener.onCut} was called, so begin a new one.
 * - `busy`: it is written on another thread; the bytes must stay as they are until {@linkcode OutputListener.onTaken}.
 */
export type WriteResult = number | "cut" | "busy";

/** Told what happens to an output. */
export interface OutputListener {
  /**
   * The reader has gone. Whatever is written next begins a new stream, for another reader.
   *
   * @param unread Bytes that had been written and that no reader took.
   */
  onCut(unread: number): void;
  /** There is room, or a reader: write again. */
  onRoom(): void;
  /**
   * A write that was `busy` is done.
   *
   * @param bytes How many bytes were taken, 1 or more; the rest must be written again.
   */
  onTaken(bytes: number): void;
  /**
   * Something does not work; it is tried again by itself.
   *
   * @param error What; called at each try.
   */
  onFault(error: Error): void;
}

/** A pipe that what was written lies in until it is read. */
export interface PipeContent {
  /** Bytes that fit in at most. */
  readonly capacity: number;
  /** Bytes that were written and not read. */
  readonly unread: number;
}

/** Something to write a stream to. */
export interface Output {
  /** The pipe that is written to; undefined while there is none, and for what needs no reader. */
  readonly pipe?: PipeContent | undefined;
  /** How it stands. */
  readonly state: OutputState;
  /** Resolved when nothing can ever be written again, as the reader of standard output has gone. */
  readonly closed: Promise<void>;

  /** Begins. Called once, before anything else. */
  start(listener: OutputListener): void;

  /**
   * Writes, without waiting, in one call of the kernel.
   *
   * @param bytes What to write, 1 byte or more.
   * @returns What became of it; if some bytes were not taken, {@linkcode OutputListener.onRoom} follows.
   */
  write(bytes: Uint8Array): WriteResult;

  /**
   * Closes, once what it is busy with is done. Closing twice is fine.
   *
   * @param surplus Tells how many of the last bytes that were taken are a cut packet; a file is made shorter by them.
   */
  close(surplus: () => number): Promise<void>;
}

/** An output that was opened, and what its user should know of it. */
export interface OpenedOutput {
  /** The output, not started; the caller closes it. */
  output: Output;
  /** What messages call it. */
  name: string;
  /** A sentence to log at the start, if there is anything to say. */
  remark: string | undefined;
}
