import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../lib/batch_builder.ts";
import { RUN } from "../lib/packet.ts";
import { validateRecords } from "../lib/pcap/record.ts";
import { anyPackets, makeBuilder, readBatch } from "./wire/frames.ts";

const PACKET = {
  seconds: 0x01020304,
  nanoseconds: 5_006_007,
  originalLength: 60,
  data: Uint8Array.of(0x45, 0xaa),
};
const CONTEXT = plainContext(5, "kernel");
const OTHER = plainContext(6, "kernel");

Deno.test("BatchBuilder.add() writes a pcap record and what is left of its time", () => {
  const builder = new BatchBuilder(new Uint8Array(100), { start: 10 });
  assert(builder.add(PACKET, CONTEXT, 3));
  const batch = builder.build();
  // deno-fmt-ignore
  assert.deepEqual([...batch.records], [
    4, 3, 2, 1,          // seconds
    0x8e, 0x13, 0, 0,    // 5006 microseconds
    2, 0, 0, 0,          // captured
    60, 0, 0, 0,         // original
    0x45, 0xaa,
  ]);
  assert.equal(builder.size, 18);
  assert.equal(batch.records.byteOffset, 10);
  assert.deepEqual([...batch.nanoseconds ?? []], [7]);
  assert.deepEqual([...batch.runs], [1, 0, 3]);
  assert.deepEqual(batch.contexts, [CONTEXT]);
});

Deno.test("BatchBuilder has no column of nanoseconds where all times are whole microseconds", () => {
  const builder = new BatchBuilder(new Uint8Array(100));
  builder.add({ ...PACKET, nanoseconds: 999_999_000 }, CONTEXT);
  assert.equal(builder.build().nanoseconds, undefined);
});

Deno.test("BatchBuilder fills the column of nanoseconds with 0 after its last entry", () => {
  const builder = new BatchBuilder(new Uint8Array(200_000));
  for (let index = 0; index < 3000; index++) {
    const nanoseconds = index === 1 || index === 1500 ? 42 : 1000;
    builder.add({ ...PACKET, nanoseconds }, CONTEXT);
  }
  const column = builder.build().nanoseconds;
  assert.equal(column?.length, 3000);
  const filled = [...column ?? []].map((rest, at) => rest === 0 ? -1 : at);
  assert.deepEqual(filled.filter((at) => at >= 0), [1, 1500]);
});

Deno.test("BatchBuilder.addRun() continues a run until the context changes or packets are lost", () => {
  const builder = new BatchBuilder(new Uint8Array(0));
  builder.addRun(CONTEXT, 2, 0);
  builder.addRun(CONTEXT, 3, 0);
  builder.addRun(CONTEXT, 1, 9);
  builder.addRun(OTHER, 4, 0);
  builder.addRun(CONTEXT, 5, 0xffff_ffff);
  const { runs, contexts } = builder.build();
  // deno-fmt-ignore
  assert.deepEqual([...runs], [
    5, 0, 0,
    1, 0, 9,
    4, 1, 0,
    5, 0, 0xffff_ffff,
  ]);
  assert.deepEqual(contexts, [CONTEXT, OTHER]);
});

Deno.test("BatchBuilder gives back generated packets as they were", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const packets = anyPackets(seed);
    const batch = makeBuilder(packets).build();
    validateRecords(batch.records, packets.length);
    assert.deepEqual(readBatch(batch), packets, `seed ${seed}`);
  }
});

Deno.test("BatchBuilder.add() changes nothing when there is no room", () => {
  const builder = new BatchBuilder(new Uint8Array(100), {
    start: 4,
    limit: 40,
  });
  assert(builder.add(PACKET, CONTEXT));
  assert(builder.add(PACKET, CONTEXT));
  const before = structuredClone(builder.build());
  assert.equal(builder.add(PACKET, OTHER, 7), false);
  assert.deepEqual(builder.build(), before);
  assert.equal(builder.end, 40);
});

Deno.test("BatchBuilder takes a record that ends just at its limit", () => {
  const builder = new BatchBuilder(new Uint8Array(18));
  assert(builder.add(PACKET, CONTEXT));
  assert.equal(
    builder.add({ ...PACKET, data: new Uint8Array(0) }, OTHER),
    false,
  );
});

Deno.test("BatchBuilder is crowded after 1024 runs", () => {
  const builder = new BatchBuilder(new Uint8Array(100_000));
  for (let run = 0; run < 1024; run++) {
    assert(builder.add(PACKET, run % 2 === 0 ? CONTEXT : OTHER), `${run}`);
  }
  assert(builder.isCrowded);
  assert.equal(builder.add(PACKET, OTHER), false);
  const { runs } = builder.build();
  assert.equal(runs.length, 1024 * RUN.WORDS);
  assert.deepEqual([...runs.subarray(-RUN.WORDS)], [1, 1, 0]);
});

Deno.test("BatchBuilder is crowded after 64 contexts", () => {
  const builder = new BatchBuilder(new Uint8Array(100_000));
  for (let group = 0; group < 64; group++) {
    assert(builder.add(PACKET, plainContext(group, "clock")));
  }
  assert.equal(builder.add(PACKET, plainContext(64, "clock")), false);
});

Deno.test("BatchBuilder.reset() forgets everything but its room", () => {
  const builder = new BatchBuilder(new Uint8Array(100), { start: 10 });
  const fresh = structuredClone(builder.build());
  builder.add(PACKET, CONTEXT, 3);
  const { contexts } = builder.build();
  builder.reset();
  assert.deepEqual(structuredClone(builder.build()), fresh);
  assert.equal(builder.size, 0);
  // A batch handed on keeps its contexts while the builder is used again.
  builder.add(PACKET, OTHER);
  assert.deepEqual(contexts, [CONTEXT]);
});

Deno.test("plainContext() says only what it is told", () => {
  assert.equal(CONTEXT.hook, 255);
  assert.equal(CONTEXT.mark, undefined);
  assert.equal(plainContext(5, "file", { mark: 0 }).mark, 0);
});
