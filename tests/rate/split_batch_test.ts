import assert from "node:assert/strict";
import { splitBatch } from "../../lib/rate/split_batch.ts";
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import { anyPackets, makeBuilder, readBatch } from "../wire/frames.ts";

Deno.test("splitBatch() gives a batch that is small enough as it is", () => {
  const batch = makeBuilder(anyPackets(3)).build();
  assert.deepEqual([...splitBatch(batch, 1_000_000)], [batch]);
});

Deno.test("splitBatch() cuts between packets, whatever the sizes", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const packets = anyPackets(seed);
    const batch = makeBuilder(packets).build();
    for (const most of [1, 16, 100, 500, 2000]) {
      const parts = [...splitBatch(batch, most)];
      assert.deepEqual(parts.flatMap(readBatch), packets);
      for (const part of parts) {
        assert(part.packets === 1 || part.records.byteLength <= most);
        assert(part.packets > 0 || packets.length === 0);
      }
    }
  }
});

Deno.test("splitBatch() bounds the runs of a part", () => {
  const builder = new BatchBuilder(new Uint8Array(100_000));
  const contexts = [plainContext(1, "clock"), plainContext(2, "clock")];
  for (let packet = 0; packet < 2000; packet++) {
    builder.addRun(contexts[packet % 2] ?? contexts[0] as never, 1, 0);
    builder.view.setUint32(builder.end + 4, packet, true);
    builder.end += 16;
    builder.packets++;
  }
  const batch = builder.build();
  const parts = [...splitBatch(batch, 1_000_000)];
  assert.deepEqual(parts.map(({ packets }) => packets), [512, 512, 512, 464]);
  assert.deepEqual(parts.flatMap(readBatch), readBatch(batch));
});
