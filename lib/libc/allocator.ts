import { loadLibc } from "./load.ts";

/** Parameters of mallopt (malloc.h). */
const PARAMETER = { TRIM_THRESHOLD: -1, MMAP_THRESHOLD: -3 } as const;

/** Blocks from this size on are mapped one by one, in bytes; more than any frame but the rarest. */
const MAPPED_FROM = 4 * 1024 * 1024;

/** Freed memory that malloc keeps at the top of its heap, in bytes. */
const KEPT = 32 * 1024 * 1024;

const ALLOCATOR_SYMBOLS = {
  mallopt: {
    parameters: [
      "i32", // int param
      "i32", // int value
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Has malloc use memory for frames again.
 *
 * libzmq takes the memory of each message from malloc, which maps blocks of 128 KiB and more one by one and gives them back when freed. A frame is such a
 * block, and the kernel then clears all its pages each time: a third of the receiver's CPU time at 1400-byte packets (docs/performance.md).
 */
export function keepFrameMemory(): void {
  const library = loadLibc(ALLOCATOR_SYMBOLS);
  library.symbols.mallopt(PARAMETER.MMAP_THRESHOLD, MAPPED_FROM);
  library.symbols.mallopt(PARAMETER.TRIM_THRESHOLD, KEPT);
  library.close();
}
