import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../lib/batch_builder.ts";
import { batchPackets } from "../lib/batch_packets.ts";
import type { PacketBatch } from "../lib/packet.ts";
import { validateRecords } from "../lib/pcap/record.ts";
import { sliceBatch } from "../lib/slice_batch.ts";
import { generatePackets, makeRandom } from "./pcap/packets.ts";

const CONTEXTS = [1, 2, 3].map((group) => plainContext(group, "kernel"));

function makeBatch(count: number): PacketBatch {
  const random = makeRandom(count + 7);
  const builder = new BatchBuilder(new Uint8Array(400 * count + 16));
  for (const packet of generatePackets(count, count + 1)) {
    const context = CONTEXTS[random(5) === 0 ? random(3) : 0];
    assert(context !== undefined);
    assert(builder.add(packet, context, random(6) === 0 ? random(9) : 0));
  }
  return builder.build();
}

Deno.test("batchPackets() gives what was put into the batch", () => {
  const packets = generatePackets(50, 51);
  const batch = makeBatch(50);
  const read = [...batchPackets(batch)];
  assert.equal(read.length, 50);
  for (const [index, packet] of read.entries()) {
    const { seconds, nanoseconds, originalLength, data } = packet;
    assert.deepEqual(
      { seconds, nanoseconds, originalLength, data },
      packets[index],
    );
  }
});

Deno.test("batchPackets() refuses runs that point to no context", () => {
  const batch = { ...makeBatch(3), contexts: [] };
  assert.throws(() => [...batchPackets(batch)], RangeError);
});

Deno.test("sliceBatch() gives the same packets for every cut, losses told once", () => {
  const batch = makeBatch(12);
  const whole = [...batchPackets(batch)];
  for (let from = 0; from <= 12; from++) {
    for (let to = from; to <= 12; to++) {
      const slice = sliceBatch(batch, from, to);
      validateRecords(slice.records, slice.packets);
      assert.deepEqual([...batchPackets(slice)], whole.slice(from, to));
    }
  }
});

Deno.test("sliceBatch() borrows, and gives the whole batch as it is", () => {
  const batch = makeBatch(4);
  assert.equal(sliceBatch(batch, 0, 4), batch);
  assert.equal(sliceBatch(batch, 1, 3).records.buffer, batch.records.buffer);
});
