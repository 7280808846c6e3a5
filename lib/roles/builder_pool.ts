import { BatchBuilder } from "../batch_builder.ts";
import {
  FRAME_SIZE,
  MAX_HEADER_SIZE,
  TRAILER_RESERVE,
} from "../wire/constants.ts";

/** Where builders come from and go back to. */
export interface BatchPool {
  /** Takes an empty builder, at once or when one is given back. */
  take(): BatchBuilder | Promise<BatchBuilder>;
  /** Gives back a builder that was taken; what is in it is forgotten. */
  give(builder: BatchBuilder): void;
}

/**
 * Makes a builder of batches that fit a frame of 256 KiB, header and all.
 *
 * @returns A new, empty builder.
 */
export function makeFrameBuilder(): BatchBuilder {
  return new BatchBuilder(new Uint8Array(FRAME_SIZE), {
    start: MAX_HEADER_SIZE,
    limit: FRAME_SIZE - TRAILER_RESERVE,
  });
}

/**
 * The builders of a sender: a few, used again and again, so that what is in hand is bounded and no memory is taken per frame.
 *
 * When all are in use, {@linkcode take} waits; meanwhile packets wait in the kernel.
 */
export class BuilderPool implements BatchPool {
  readonly #idle: BatchBuilder[];
  readonly #waiting: ((builder: BatchBuilder) => void)[] = [];

  /** @param size How many builders there are, 1 or more. */
  constructor(size: number) {
    this.#idle = Array.from({ length: size }, makeFrameBuilder);
  }

  /** Takes an empty builder, at once or when one is given back. */
  take(): BatchBuilder | Promise<BatchBuilder> {
    return this.#idle.pop() ??
      new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Gives a builder back; what is in it is forgotten.
   *
   * @param builder One that was taken.
   */
  give(builder: BatchBuilder): void {
    builder.reset();
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(builder);
    else next(builder);
  }
}
