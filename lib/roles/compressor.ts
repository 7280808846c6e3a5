import type { Codec } from "../wire/constants.ts";

/** How something is compressed: the body of a frame, or records as one message of the Python original. */
export type CompressionMethod =
  | {
    readonly kind: "frame";
    readonly codec: Codec;
    /** How hard the codec tries; undefined for its default. */
    readonly level: number | undefined;
  }
  | { readonly kind: "legacy"; readonly level: number };

/** Something to be compressed. */
export interface CompressionTask {
  /** The memory it lies in; it moves to whoever compresses, and is detached here. */
  readonly buffer: ArrayBuffer;
  /** Where in it it begins. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** How it is compressed. */
  readonly method: CompressionMethod;
}

/** What came of it. */
export interface CompressionResult {
  /** The memory it lies in: that of the task, moved back, where it fits. */
  readonly buffer: ArrayBuffer;
  /** Where in it it begins: where the task began, if that is the memory. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** How it is compressed: `none` if that made it no smaller. */
  readonly codec: Codec;
}

/** Compresses, somewhere else than here. */
export interface Compressor {
  /** Whether one more task would have to wait for others. */
  readonly isBusy: boolean;
  /**
   * Compresses.
   *
   * @param task What to compress.
   * @returns What came of it.
   */
  compress(task: CompressionTask): Promise<CompressionResult>;
}
