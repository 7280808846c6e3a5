import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import { batchPackets } from "../../lib/batch_packets.ts";
import type { PacketBatch } from "../../lib/packet.ts";
import { validateRecords } from "../../lib/pcap/mod.ts";
import {
  DumpSelection,
  type SelectionOptions,
} from "../../lib/roles/dump_selection.ts";

const ALL: SelectionOptions = {
  maxPackets: undefined,
  snaplen: 262144,
  filter: undefined,
};
const CONTEXT = plainContext(5, "kernel");

/** Packets of so many bytes each, two bytes more on the wire. */
function batchOf(...sizes: number[]): PacketBatch {
  const builder = new BatchBuilder(new Uint8Array(10_000));
  for (const size of sizes) {
    const data = new Uint8Array(size).fill(size);
    const packet = { seconds: size, nanoseconds: size };
    builder.add({ ...packet, originalLength: size + 2, data }, CONTEXT, 1);
  }
  return builder.build();
}

function sizesOf(batch: PacketBatch): number[] {
  validateRecords(batch.records, batch.packets);
  return Array.from(batchPackets(batch), ({ data }) => data.length);
}

Deno.test("DumpSelection gives everything as it is when nothing is said", () => {
  const selection = new DumpSelection(ALL);
  const batch = batchOf(1, 2, 3);
  assert.equal(selection.select(batch), batch);
  assert.equal(selection.cut(batch), batch);
  assert.deepEqual(selection.counters, { filtered: 0, surplus: 0, dumped: 3 });
  assert.equal(selection.isDone, false);
});

Deno.test("DumpSelection ends after so many packets, in the middle of a batch", () => {
  const selection = new DumpSelection({ ...ALL, maxPackets: 4 });
  assert.deepEqual(sizesOf(selection.select(batchOf(1, 2, 3))), [1, 2, 3]);
  assert.equal(selection.isDone, false);
  assert.deepEqual(sizesOf(selection.select(batchOf(4, 5, 6))), [4]);
  assert.equal(selection.isDone, true);
  assert.deepEqual(selection.counters, { filtered: 0, surplus: 2, dumped: 4 });
});

Deno.test("DumpSelection asks the filter about each packet where it lies, with both of its lengths", () => {
  const batch = batchOf(1, 2, 3, 4);
  let memory: Uint8Array | undefined;
  const asked: number[][] = [];
  const filter = {
    use: (bytes: Uint8Array) => void (memory = bytes),
    matches(offset: number, captured: number, original: number): boolean {
      asked.push([memory?.[offset] ?? -1, captured, original]);
      return captured % 2 === 0;
    },
  };
  const selection = new DumpSelection({ ...ALL, filter, maxPackets: 1 });
  const selected = selection.select(batch);
  assert.equal(memory, batch.records);
  assert.deepEqual(
    asked.filter((_, index, all) =>
      index === all.findIndex((other) => other[0] === all[index]?.[0])
    ),
    [[1, 1, 3], [2, 2, 4], [3, 3, 5], [4, 4, 6]],
  );
  assert.deepEqual(sizesOf(selected), [2]);
  // What was lost before the packet that was left out is told with the next one.
  assert.equal([...batchPackets(selected)][0]?.lostBefore, 2);
  assert.deepEqual(selection.counters, { filtered: 2, surplus: 1, dumped: 1 });
});

Deno.test("DumpSelection keeps so many bytes of each packet, and their lengths on the wire", () => {
  const selection = new DumpSelection({ ...ALL, snaplen: 2 });
  const cut = selection.cut(batchOf(1, 2, 3, 100));
  assert.deepEqual(sizesOf(cut), [1, 2, 2, 2]);
  const lengths = Array.from(
    batchPackets(cut),
    (
      { originalLength, seconds, nanoseconds },
    ) => [originalLength, seconds, nanoseconds],
  );
  assert.deepEqual(lengths, [[3, 1, 1], [4, 2, 2], [5, 3, 3], [102, 100, 100]]);
});
