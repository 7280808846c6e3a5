import assert from "node:assert/strict";
import { batchPackets } from "../../lib/batch_packets.ts";
import { completeChecksums, encodeFileHeader } from "../../lib/pcap/mod.ts";
import { concatenate, makeRandom, toHex } from "./packets.ts";
import { canRun, tsharkFields, withFile } from "./tools.ts";
import {
  batchOf,
  somePayload,
  type TransportPacket,
  transportPacket,
} from "./transport_packets.ts";

const KINDS: readonly Omit<TransportPacket, "payload">[] = [
  { version: 4, protocol: "tcp" },
  { version: 4, protocol: "udp" },
  { version: 6, protocol: "tcp" },
  { version: 6, protocol: "udp" },
  { version: 6, protocol: "icmp6" },
  { version: 6, protocol: "tcp", extension: "hop-by-hop" },
];

Deno.test("completeChecksums() completes what only has the pseudo-header's sum, for every protocol and length", () => {
  for (const kind of KINDS) {
    for (const size of [0, 1, 2, 3, 4, 7, 1000, 1461, 40_001]) {
      const payload = somePayload(size, size);
      const batch = batchOf([
        transportPacket({ ...kind, payload, checksum: "partial" }),
      ]);
      assert.equal(completeChecksums(batch.records), 1);
      const [packet] = batchPackets(batch);
      const right = transportPacket({ ...kind, payload });
      assert.equal(toHex(packet?.data ?? right), toHex(right));
    }
  }
});

Deno.test("completeChecksums() leaves right checksums, and those that are wrong in any other way, as they are", () => {
  for (const kind of KINDS) {
    for (const checksum of ["right", "wrong"] as const) {
      const payload = somePayload(333);
      const batch = batchOf([transportPacket({ ...kind, payload, checksum })]);
      const before = toHex(batch.records);
      assert.equal(completeChecksums(batch.records), 0);
      assert.equal(toHex(batch.records), before);
    }
  }
});

Deno.test("completeChecksums() writes no zero for UDP, where zero says that there is none", () => {
  // Of all payloads of two bytes one gives a sum whose complement is zero.
  let found = 0;
  for (let word = 0; word <= 0xffff; word++) {
    const payload = Uint8Array.of(word >>> 8, word & 255);
    const right = transportPacket({ version: 4, protocol: "udp", payload });
    if (right[26] !== 0xff || right[27] !== 0xff) continue;
    found++;
    const batch = batchOf([
      transportPacket({
        ...{ version: 4, protocol: "udp", payload },
        checksum: "partial",
      }),
    ]);
    completeChecksums(batch.records);
    assert.deepEqual([...batch.records.subarray(42, 44)], [0xff, 0xff]);
  }
  assert(found > 0);
});

Deno.test("completeChecksums() leaves fragments, packets cut short and what is no IP packet as they are", () => {
  const whole = transportPacket({
    ...{ version: 4, protocol: "tcp", checksum: "partial" },
    payload: somePayload(100),
  });
  const fragment = whole.slice();
  fragment[6] = 0x20;
  const six = transportPacket({
    ...{ version: 6, protocol: "udp", checksum: "partial" },
    payload: somePayload(100),
  });
  six[6] = 44;
  const cuts = Array.from(whole, (_, length) => whole.subarray(0, length));
  const batch = batchOf([fragment, six, somePayload(60), ...cuts]);
  const before = toHex(batch.records);
  assert.equal(completeChecksums(batch.records), 0);
  assert.equal(toHex(batch.records), before);
});

Deno.test("completeChecksums() survives any bytes", () => {
  const random = makeRandom(77);
  for (let round = 0; round < 3000; round++) {
    const data = Uint8Array.from({ length: random(90) }, () => random(256));
    if (data.length > 0) data[0] = random(2) === 0 ? 0x45 : 0x60;
    completeChecksums(batchOf([data, data]).records);
  }
});

Deno.test({
  name:
    "tshark finds every completed checksum right, and those that were wrong still wrong",
  ignore: !canRun("tshark"),
}, async () => {
  const packets = KINDS.flatMap((kind) =>
    (["partial", "wrong", "right"] as const).map((checksum) =>
      transportPacket({ ...kind, payload: somePayload(99), checksum })
    )
  );
  const batch = batchOf(packets);
  assert.equal(completeChecksums(batch.records), KINDS.length);
  const file = concatenate([encodeFileHeader(), batch.records]);
  await withFile(file, async (path) => {
    const rows = await tsharkFields(
      path,
      ["tcp.checksum.status", "udp.checksum.status", "icmpv6.checksum.status"],
      ...["-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"],
    );
    const states = rows.map((row) => row.join(""));
    const expected = KINDS.flatMap(() => ["1", "0", "1"]);
    assert.deepEqual(states, expected);
  });
});
