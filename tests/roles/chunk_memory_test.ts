import assert from "node:assert/strict";
import { ChunkMemory } from "../../lib/roles/chunk_memory.ts";

const SIZE = 100_000;
const KEPT = 24;

Deno.test("ChunkMemory gives memory beyond what it keeps back to the system at once, the oldest first", () => {
  const memory = new ChunkMemory();
  const buffers = Array.from({ length: KEPT + 2 }, () => memory.take(SIZE));
  for (const buffer of buffers.slice(0, KEPT)) memory.give(buffer);
  assert(buffers.every((buffer) => buffer.length >= SIZE));
  for (const buffer of buffers.slice(KEPT)) memory.give(buffer);
  const gone = buffers.filter(({ length }) => length === 0);
  assert.deepEqual(gone, buffers.slice(0, 2));
  const again = Array.from({ length: KEPT }, () => memory.take(SIZE));
  assert.deepEqual(new Set(again), new Set(buffers.slice(2)));
});

Deno.test("ChunkMemory takes memory that is neither too small nor more than twice too large", () => {
  const memory = new ChunkMemory();
  const large = memory.take(4 * SIZE);
  memory.give(large);
  assert.notEqual(memory.take(SIZE), large);
  assert.notEqual(memory.take(8 * SIZE), large);
  assert.equal(memory.take(3 * SIZE), large);
});
