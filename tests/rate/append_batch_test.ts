import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import { appendBatch } from "../../lib/rate/append_batch.ts";
import { type PacketBatch, RUN } from "../../lib/packet.ts";
import { decodeRecord } from "../../lib/pcap/record.ts";
import { generatePackets, makeRandom } from "../pcap/packets.ts";

const FIVE = plainContext(5, "kernel");
const SIX = plainContext(6, "kernel");

/** A packet with everything that a batch says about it. */
interface Told {
  data: number[];
  nanoseconds: number;
  group: number;
  lostBefore: number;
}

function packetsOf(batch: PacketBatch): Told[] {
  const { records, nanoseconds, runs, contexts } = batch;
  const view = new DataView(
    records.buffer,
    records.byteOffset,
    records.byteLength,
  );
  const packets: Told[] = [];
  let at = 0;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    for (let index = 0; index < (runs[run] ?? 0); index++) {
      const record = decodeRecord(view, at);
      at = record.nextOffset;
      packets.push({
        data: [...record.data],
        nanoseconds: record.nanoseconds + (nanoseconds?.[packets.length] ?? 0),
        group: contexts[runs[run + RUN.CONTEXT] ?? -1]?.group ?? -1,
        lostBefore: index === 0 ? runs[run + RUN.LOST_BEFORE] ?? -1 : 0,
      });
    }
  }
  assert.equal(at, records.byteLength);
  assert.equal(packets.length, batch.packets);
  return packets;
}

function build(count: number, seed: number): PacketBatch {
  const random = makeRandom(seed);
  const builder = new BatchBuilder(new Uint8Array(count * 320));
  for (const packet of generatePackets(count, seed)) {
    const lost = random(5) === 0 ? random(1000) : 0;
    assert(builder.add(packet, random(3) === 0 ? SIX : FIVE, lost));
  }
  return builder.build();
}

Deno.test("appendBatch() copies all packets behind those that are there", () => {
  const [first, second] = [build(40, 1), build(30, 2)];
  const builder = new BatchBuilder(new Uint8Array(30_000));
  assert(appendBatch(first, builder));
  assert(appendBatch(second, builder));
  assert.deepEqual(packetsOf(builder.build()), [
    ...packetsOf(first),
    ...packetsOf(second),
  ]);
});

Deno.test("appendBatch() keeps what it is told to, for any choice", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const batch = build(60, seed);
    const random = makeRandom(seed);
    const chosen = Array.from({ length: 60 }, () => random(seed % 5 + 1) === 0);
    const builder = new BatchBuilder(new Uint8Array(30_000));
    appendBatch(
      batch,
      builder,
      (_, offset) => chosen[indexOf(batch, offset)] ?? false,
    );
    const without = ({ data, nanoseconds, group }: Told) => [
      data,
      nanoseconds,
      group,
    ];
    const wanted = packetsOf(batch).filter((_, at) => chosen[at]);
    const got = packetsOf(builder.build());
    assert.deepEqual(got.map(without), wanted.map(without));
  }
});

/** Which packet's data lies at an offset of the records. */
function indexOf(batch: PacketBatch, offset: number): number {
  const { buffer, byteOffset, byteLength } = batch.records;
  const view = new DataView(buffer, byteOffset, byteLength);
  let index = 0;
  for (let at = 0; at + 16 < offset; index++) {
    at = decodeRecord(view, at).nextOffset;
  }
  return index;
}

Deno.test("appendBatch() tells of losses before the next packet of the same group", () => {
  const source = new BatchBuilder(new Uint8Array(1000));
  const packet = { seconds: 1, nanoseconds: 0, originalLength: 1 };
  const add = (value: number, context: typeof FIVE, lost: number): void => {
    assert(
      source.add({ ...packet, data: Uint8Array.of(value) }, context, lost),
    );
  };
  add(0, FIVE, 3);
  add(1, SIX, 0);
  add(0, FIVE, 4);
  add(1, FIVE, 0);
  add(0, SIX, 9);
  const builder = new BatchBuilder(new Uint8Array(1000));
  appendBatch(source.build(), builder, (bytes, offset) => bytes[offset] === 1);
  assert.deepEqual(
    packetsOf(builder.build()).map(({ group, lostBefore }) => [
      group,
      lostBefore,
    ]),
    [[6, 0], [5, 7]],
  );
});

Deno.test("appendBatch() changes nothing when there is no room", () => {
  const batch = build(20, 5);
  const builder = new BatchBuilder(
    new Uint8Array(batch.records.byteLength * 2 - 1),
  );
  assert(appendBatch(batch, builder));
  const before = packetsOf(builder.build());
  assert(!appendBatch(batch, builder));
  assert(!appendBatch(batch, builder, () => false));
  assert.deepEqual(packetsOf(builder.build()), before);
});

Deno.test("appendBatch() leaves room for a frame to state runs and contexts", () => {
  const source = new BatchBuilder(new Uint8Array(100_000));
  for (let run = 0; run < 600; run++) {
    source.add(
      {
        seconds: 1,
        nanoseconds: 0,
        originalLength: 0,
        data: new Uint8Array(0),
      },
      FIVE,
      1,
    );
  }
  const builder = new BatchBuilder(new Uint8Array(100_000));
  assert(appendBatch(source.build(), builder));
  assert(!appendBatch(source.build(), builder));
});
