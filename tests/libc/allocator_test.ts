import { equal, ok } from "node:assert/strict";
import { FreeMemory } from "../../lib/libc/allocator.ts";
import { loadLibc } from "../../lib/libc/load.ts";

const MIB = 1024 * 1024;
/** Below what malloc maps by itself. */
const BLOCK = 64 * 1024;
const BLOCKS = 1024;
const FILL = 0xa5;

const MALLOC_SYMBOLS = {
  malloc: { parameters: ["usize"], result: "pointer" },
  memset: { parameters: ["pointer", "i32", "usize"], result: "pointer" },
  free: { parameters: ["pointer"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Resident memory of this process in MiB. */
function resident(): number {
  return Deno.memoryUsage().rss / MIB;
}

Deno.test("FreeMemory gives back what is free in the middle of a heap, which malloc keeps, and nothing that is used", () => {
  const libc = loadLibc(MALLOC_SYMBOLS);
  using memory = new FreeMemory();
  const { malloc, memset, free } = libc.symbols;
  memory.release();
  const before = resident();
  const blocks = Array.from({ length: BLOCKS }, () => {
    const block = malloc(BigInt(BLOCK));
    memset(block, FILL, BigInt(BLOCK));
    return block;
  });
  // What lies behind them all: the heap can not just become shorter.
  const last = blocks.pop() ?? null;
  for (const block of blocks) free(block);
  const kept = resident();
  memory.release();
  const after = resident();
  ok(kept - before > 50, `${before} MiB before, ${kept} when 64 were freed`);
  ok(kept - after > 50, `${kept} MiB before it was given back, ${after} after`);
  ok(last !== null);
  equal(new Deno.UnsafePointerView(last).getUint8(BLOCK - 1), FILL);
  free(last);
  libc.close();
});
