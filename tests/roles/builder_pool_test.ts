import assert from "node:assert/strict";
import { plainContext } from "../../lib/batch_builder.ts";
import { BuilderPool, makeFrameBuilder } from "../../lib/roles/builder_pool.ts";
import { FRAME_SIZE } from "../../lib/wire/constants.ts";

Deno.test("makeFrameBuilder() leaves room for a header and for what follows the records", () => {
  const builder = makeFrameBuilder();
  assert.equal(builder.bytes.length, FRAME_SIZE);
  assert.equal(builder.start, 192);
  assert.equal(builder.limit, FRAME_SIZE - 64 * 1024);
});

Deno.test("BuilderPool gives out each builder once, and empty", async () => {
  const pool = new BuilderPool(2);
  const first = await pool.take();
  const second = await pool.take();
  assert.notEqual(first, second);
  const packet = {
    seconds: 1,
    nanoseconds: 1,
    originalLength: 1,
    data: Uint8Array.of(1),
  };
  first.add(packet, plainContext(1, "kernel"));
  pool.give(first);
  const again = await pool.take();
  assert.equal(again, first);
  assert.equal(again.packets, 0);
});

Deno.test("BuilderPool makes those who take wait, in turn, until one is given back", async () => {
  const pool = new BuilderPool(1);
  const only = await pool.take();
  const order: string[] = [];
  const waiting = ["a", "b"].map(async (name) => {
    const builder = await pool.take();
    order.push(name);
    pool.give(builder);
  });
  await Promise.resolve();
  assert.deepEqual(order, []);
  pool.give(only);
  await Promise.all(waiting);
  assert.deepEqual(order, ["a", "b"]);
});
