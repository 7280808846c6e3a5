import { loadLibc } from "./load.ts";

/** Parameters of mallopt (malloc.h). */
const PARAMETER = {
  TRIM_THRESHOLD: -1,
  MMAP_THRESHOLD: -3,
  ARENA_MAX: -8,
} as const;

/** Blocks from this size on are mapped one by one, in bytes; more than any frame but the rarest. */
const MAPPED_FROM = 4 * 1024 * 1024;

/** Freed memory that malloc keeps at the top of each of its heaps, in bytes: a few dozen frames. */
const KEPT = 8 * 1024 * 1024;

/** Heaps that malloc may have; threads that come when there are as many share one. */
const HEAPS = 1;

/** Free memory that {@linkcode FreeMemory.release} leaves at the end of malloc's first heap, in bytes. */
const LEFT = 0n;

const ALLOCATOR_SYMBOLS = {
  mallopt: {
    parameters: [
      "i32", // int param
      "i32", // int value
    ],
    result: "i32",
  },
  malloc_trim: {
    parameters: [
      "usize", // size_t pad
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Has malloc use memory for frames again.
 *
 * libzmq takes the memory of each message from malloc, which maps blocks of 128 KiB and more one by one and gives them back when freed. A frame is such a
 * block, and the kernel then clears all its pages each time: a third of the receiver's CPU time at 1400-byte packets (docs/performance.md).
 *
 * By itself malloc also gives libzmq's threads a heap each, and what one thread frees there another can not use: 8 MiB more. To be called before a context
 * is made.
 */
export function keepFrameMemory(): void {
  const library = loadLibc(ALLOCATOR_SYMBOLS);
  library.symbols.mallopt(PARAMETER.ARENA_MAX, HEAPS);
  library.symbols.mallopt(PARAMETER.MMAP_THRESHOLD, MAPPED_FROM);
  library.symbols.mallopt(PARAMETER.TRIM_THRESHOLD, KEPT);
  library.close();
}

/**
 * What malloc holds free in this process, in all its heaps.
 *
 * By itself malloc gives back only what is free at the end of a heap. What the runtime's threads needed while they compiled stays in theirs: 6 MiB of what a
 * program has when all is open for the first time, 8 MiB when its first packets have gone through (docs/performance.md).
 */
export class FreeMemory implements Disposable {
  readonly #library = loadLibc(ALLOCATOR_SYMBOLS);

  /** Gives the system back what is free in whole pages. It takes 0.1 to 5 ms, in which other threads wait for memory. */
  release(): void {
    this.#library.symbols.malloc_trim(LEFT);
  }

  /** Closes the C library. */
  [Symbol.dispose](): void {
    this.#library.close();
  }
}
