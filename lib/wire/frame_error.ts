/** Why a message is refused: the kinds that are counted and logged apart. */
export type FrameErrorKind =
  | "empty"
  | "truncated"
  | "version"
  | "codec"
  | "size"
  | "content"
  | "compression";

/** Where a {@linkcode FrameError} was found. */
export interface FrameErrorOptions extends ErrorOptions {
  /** Where in the message, in bytes. @default {0} */
  offset?: number;
}

/** A message that is not a frame, or a frame that does not hold what it says. */
export class FrameError extends RangeError {
  /** What is wrong with it. */
  readonly kind: FrameErrorKind;
  /** Where in the message, in bytes. */
  readonly offset: number;

  /**
   * Makes the error.
   *
   * @param message What is wrong, with the value that is.
   * @param kind The kind of fault.
   * @param options Where it was found, and its cause.
   */
  constructor(
    message: string,
    kind: FrameErrorKind,
    options: FrameErrorOptions = {},
  ) {
    super(message, options);
    this.name = "FrameError";
    this.kind = kind;
    this.offset = options.offset ?? 0;
  }
}
