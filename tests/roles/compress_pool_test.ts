import assert from "node:assert/strict";
import { CompressPool } from "../../lib/roles/compress_pool.ts";
import type { CompressionTask } from "../../lib/roles/compressor.ts";
import { runCompressionTask } from "../../lib/roles/compress_task.ts";
import { decompressBody } from "../../lib/wire/compression.ts";
import { MessageDecoder } from "../../lib/wire/message_decoder.ts";
import { Traffic } from "./traffic.ts";

const START = 100;

/** Bytes that compress, with room before them. */
function bodyOf(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(START + size);
  for (let at = 0; at < size; at++) bytes[START + at] = at % 100;
  return bytes;
}

function taskOf(bytes: Uint8Array<ArrayBuffer>): CompressionTask {
  return {
    buffer: bytes.buffer,
    start: START,
    end: bytes.byteLength,
    method: { kind: "frame", codec: "deflate", level: undefined },
  };
}

Deno.test("CompressPool compresses in the task's own memory, which moves there and back", async () => {
  using pool = await CompressPool.open(1);
  const body = bodyOf(50_000);
  const plain = body.slice(START);
  const task = taskOf(body);
  const pending = pool.compress(task);
  assert.equal(task.buffer.byteLength, 0);
  const { buffer, start, end, codec } = await pending;
  assert.equal(buffer.byteLength, START + 50_000);
  assert.equal(start, START);
  assert.equal(codec, "deflate");
  const compressed = new Uint8Array(buffer, start, end - start);
  assert.deepEqual(decompressBody(compressed, codec, 50_000), plain);
});

Deno.test("CompressPool does many things with several threads", async () => {
  using pool = await CompressPool.open(2);
  assert(!pool.isBusy);
  const sizes = Array.from({ length: 40 }, (_, index) => 1000 + index);
  const pending = sizes.map((size) => pool.compress(taskOf(bodyOf(size))));
  assert(pool.isBusy);
  const results = await Promise.all(pending);
  for (const [index, { buffer, start, end, codec }] of results.entries()) {
    const size = sizes[index] ?? 0;
    const compressed = new Uint8Array(buffer, start, end - start);
    const plain = decompressBody(compressed, codec, size);
    assert.deepEqual(plain, bodyOf(size).slice(START));
  }
  assert(!pool.isBusy);
});

Deno.test("CompressPool refuses what is left to do when it ends", async () => {
  const pool = await CompressPool.open(1);
  const pending = pool.compress(taskOf(bodyOf(1000)));
  pool[Symbol.dispose]();
  pool[Symbol.dispose]();
  await assert.rejects(pending, /pool was closed/);
  await assert.rejects(pool.compress(taskOf(bodyOf(10))), /pool was closed/);
});

Deno.test("CompressPool tells when a thread fails", async () => {
  using pool = await CompressPool.open(1);
  const task = taskOf(bodyOf(10));
  // No such codec: the thread throws.
  const method = { kind: "frame", codec: "deflate", level: 99 } as const;
  await assert.rejects(pool.compress({ ...task, method }), /Cannot compress/);
});

Deno.test("runCompressionTask() leaves what it cannot make smaller", () => {
  const body = bodyOf(30);
  const wanted = body.slice();
  for (let at = START; at < body.length; at++) body[at] = wanted[at] = at * 91;
  const result = runCompressionTask(taskOf(body));
  assert.equal(result.codec, "none");
  assert.deepEqual(new Uint8Array(result.buffer), wanted);
});

Deno.test("runCompressionTask() makes a message of the original, in other memory if it must", () => {
  const batch = new Traffic().builder(1).build();
  for (const room of [1000, 0]) {
    const { records } = batch;
    const buffer = new ArrayBuffer(records.byteLength + room);
    new Uint8Array(buffer).set(records);
    if (room === 0) crypto.getRandomValues(new Uint8Array(buffer, 60));
    const result = runCompressionTask({
      buffer,
      start: 0,
      end: records.byteLength,
      method: { kind: "legacy", level: 0 },
    });
    assert.equal(result.buffer === buffer, room > 0);
    const { start, end } = result;
    const message = new Uint8Array(result.buffer, start, end - start);
    assert.equal(new MessageDecoder().decode(message).batch.packets, 1);
  }
});
