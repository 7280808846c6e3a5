import assert from "node:assert/strict";
import { ByteQueue } from "../../lib/bytes/byte_queue.ts";

Deno.test("ByteQueue borrows a chunk when nothing is left of those before", () => {
  const queue = new ByteQueue();
  const chunk = Uint8Array.of(1, 2, 3);
  queue.push(chunk);
  assert.equal(queue.available, 3);
  assert.equal(queue.peek(3).buffer, chunk.buffer);
  queue.skip(3);
  const next = Uint8Array.of(4);
  queue.push(next);
  assert.equal(queue.peek(1).buffer, next.buffer);
});

Deno.test("ByteQueue joins chunks and counts what was taken", () => {
  const queue = new ByteQueue();
  queue.push(Uint8Array.of(1, 2, 3));
  queue.skip(2);
  queue.push(Uint8Array.of(4, 5));
  assert.deepEqual([...queue.peek(3)], [3, 4, 5]);
  assert.equal(queue.view.getUint16(queue.start, false), 0x0304);
  assert.equal(queue.offset, 2);
  queue.skip(1);
  assert.equal(queue.offset, 3);
  assert.equal(queue.available, 2);
});

Deno.test("ByteQueue views the right part of a chunk that lies within a buffer", () => {
  const queue = new ByteQueue();
  queue.push(Uint8Array.of(9, 9, 1, 2, 9).subarray(2, 4));
  assert.equal(queue.view.getUint16(queue.start, false), 0x0102);
  assert.equal(queue.view.byteLength, 2);
});

Deno.test("ByteQueue never changes bytes that it handed out", () => {
  const queue = new ByteQueue();
  const pieces: Uint8Array[] = [];
  for (let value = 0; value < 250; value++) {
    queue.push(Uint8Array.of(value));
    if (queue.available === 7) {
      pieces.push(queue.peek(5));
      queue.skip(5);
    }
  }
  pieces.forEach((piece, index) => {
    assert.deepEqual([...piece], [0, 1, 2, 3, 4].map((n) => n + index * 5));
  });
});

Deno.test("ByteQueue takes a large piece byte by byte without copying it each time", () => {
  const queue = new ByteQueue();
  const buffers = new Set<ArrayBufferLike>();
  for (let count = 0; count < 100_000; count++) {
    queue.push(Uint8Array.of(count & 0xff));
    buffers.add(queue.peek(1).buffer);
  }
  assert.equal(queue.available, 100_000);
  assert(buffers.size < 30, `${buffers.size} buffers`);
});
