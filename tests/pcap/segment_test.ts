import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import { batchPackets } from "../../lib/batch_packets.ts";
import type { PacketBatch } from "../../lib/packet.ts";
import {
  encodeFileHeader,
  segmentBatch,
  validateRecords,
} from "../../lib/pcap/mod.ts";
import { concatenate, makeRandom, toHex } from "./packets.ts";
import { canRun, tsharkFields, withFile } from "./tools.ts";
import {
  batchOf,
  somePayload,
  type TransportPacket,
  transportPacket,
} from "./transport_packets.ts";

function tcp(size: number, more: Partial<TransportPacket> = {}): Uint8Array {
  const payload = somePayload(size);
  return transportPacket({ version: 4, protocol: "tcp", payload, ...more });
}

function datasOf(batch: PacketBatch): Uint8Array[] {
  validateRecords(batch.records, batch.packets);
  return Array.from(batchPackets(batch), ({ data }) => data);
}

/** What TCP carries in a packet made here. */
function payloadOf(packet: Uint8Array): Uint8Array {
  const header = (packet[0] ?? 0) >>> 4 === 4 ? 20 : 40;
  return packet.subarray(header + 32);
}

Deno.test("segmentBatch() gives parts of the MTU at most that carry what the segment carried", () => {
  for (const version of [4, 6] as const) {
    for (const size of [1449, 2896, 2897, 5000, 61_000]) {
      const whole = tcp(size, { version, checksum: "partial" });
      const { batch, cut, parts } = segmentBatch(batchOf([whole]), 1500);
      const datas = datasOf(batch);
      assert.equal(cut, 1);
      assert.deepEqual([...parts], [[0, datas.length]]);
      assert(datas.every(({ length }) => length <= 1500));
      assert(datas.slice(0, -1).every(({ length }) => length === 1500));
      const carried = concatenate(datas.map(payloadOf));
      assert.equal(toHex(carried), toHex(somePayload(size)));
    }
  }
});

Deno.test("the parts of a segment have numbers, flags and times as the network card would have made them", () => {
  const CWR_PSH_ACK_FIN = 0x80 | 0x08 | 0x10 | 0x01;
  const whole = tcp(4000, { flags: CWR_PSH_ACK_FIN });
  const { batch } = segmentBatch(batchOf([tcp(10), whole]), 1500);
  const [, ...parts] = [...batchPackets(batch)];
  const views = parts.map(({ data }) =>
    new DataView(data.buffer, data.byteOffset, data.byteLength)
  );
  assert.deepEqual(views.map((view) => view.getUint8(33)), [
    0x80 | 0x10,
    0x10,
    0x10 | 0x08 | 0x01,
  ]);
  // From 0xfffffc00 on, beyond 2^32.
  assert.deepEqual(views.map((view) => view.getUint32(24)), [
    0xfffffc00,
    0xfffffc00 + 1448 - 2 ** 32,
    0xfffffc00 + 2896 - 2 ** 32,
  ]);
  assert.deepEqual(views.map((view) => view.getUint16(4)), [
    0x12fe,
    0x12ff,
    0x1300,
  ]);
  assert.deepEqual(
    parts.map(({ seconds, nanoseconds }) => [seconds, nanoseconds]),
    parts.map(() => [1_700_000_001, 1001]),
  );
});

Deno.test("segmentBatch() leaves alone what it can not cut rightly", () => {
  const SYN = 0x02;
  const URG = 0x20;
  const fragment = tcp(3000, { checksum: "partial" });
  fragment[6] = 0x20;
  const payload = somePayload(3000);
  const packets = [
    tcp(1448),
    tcp(3000, { checksum: "wrong" }),
    tcp(3000, { flags: SYN }),
    tcp(3000, { flags: URG }),
    transportPacket({ version: 4, protocol: "udp", payload }),
    fragment,
  ];
  const batch = batchOf(packets);
  const result = segmentBatch(batch, 1500);
  assert.equal(result.batch, batch);
  assert.equal(result.cut, 0);
  assert.equal(result.parts.size, 0);
});

Deno.test("segmentBatch() leaves a segment alone of which a part was not captured", () => {
  const data = tcp(3000, { checksum: "partial" });
  const builder = new BatchBuilder(new Uint8Array(4000));
  const packet = { seconds: 1, nanoseconds: 0, data: data.subarray(0, 2000) };
  builder.add(
    { ...packet, originalLength: data.length },
    plainContext(5, "kernel"),
  );
  const batch = builder.build();
  assert.equal(segmentBatch(batch, 1500).batch, batch);
});

Deno.test("segmentBatch() keeps runs, losses and order around the packets that it cuts", () => {
  const random = makeRandom(8);
  const contexts = [1, 2].map((group) => plainContext(group, "kernel"));
  const builder = new BatchBuilder(new Uint8Array(400_000));
  const groups: number[] = [];
  for (let index = 0; index < 40; index++) {
    const data = tcp(random(3) === 0 ? 4000 : 100, { checksum: "partial" });
    data[4] = index;
    const context = contexts[random(2)];
    assert(context !== undefined);
    groups.push(context.group);
    const packet = {
      seconds: 1,
      nanoseconds: index,
      originalLength: data.length,
    };
    assert(builder.add({ ...packet, data }, context, index === 20 ? 7 : 0));
  }
  const before = builder.build();
  const { batch, parts } = segmentBatch(before, 1500);
  const after = [...batchPackets(batch)];
  assert.equal(
    after.length,
    before.packets + [...parts.values()].reduce((sum, n) => sum + n - 1, 0),
  );
  let last = -1;
  for (const { context, nanoseconds, lostBefore } of after) {
    assert(nanoseconds >= last);
    assert.equal(context.group, groups[nanoseconds]);
    if (nanoseconds !== last) {
      assert.equal(lostBefore, nanoseconds === 20 ? 7 : 0);
    } else assert.equal(lostBefore, 0);
    last = nanoseconds;
  }
});

Deno.test("segmentBatch() refuses an MTU that no link has", () => {
  assert.throws(() => segmentBatch(batchOf([]), 255), RangeError);
});

Deno.test("segmentBatch() survives any bytes", () => {
  const random = makeRandom(78);
  for (let round = 0; round < 2000; round++) {
    const data = tcp(300 + random(300), { version: random(2) === 0 ? 4 : 6 });
    for (let left = random(6); left > 0; left--) data[random(80)] = random(256);
    datasOf(segmentBatch(batchOf([data]), 256 + random(200)).batch);
  }
});

Deno.test({
  name:
    "tshark finds IP and TCP checksums of all parts right, and the stream whole",
  ignore: !canRun("tshark"),
}, async () => {
  const packets = [4, 6].flatMap((version) => [
    tcp(30_000, { version: version as 4 | 6, checksum: "partial" }),
    tcp(9001, { version: version as 4 | 6, checksum: "right" }),
  ]);
  const { batch } = segmentBatch(batchOf(packets), 1500);
  const file = concatenate([encodeFileHeader(), batch.records]);
  await withFile(file, async (path) => {
    const rows = await tsharkFields(
      path,
      ["tcp.checksum.status", "ip.checksum.status", "tcp.len", "ipv6.plen"],
      ...["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"],
    );
    assert.equal(rows.length, batch.packets);
    let carried = 0;
    for (const [tcpState, ipState, length, six] of rows) {
      assert.equal(tcpState, "1");
      assert.equal(ipState, six === "" ? "1" : "");
      carried += Number(length);
    }
    assert.equal(carried, 2 * 39_001);
  });
});
