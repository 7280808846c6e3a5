// Packets one by one, of datagrams recorded from the kernel and of made ones.
import assert from "node:assert/strict";
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import { GroupStates } from "../../lib/nflog/group_state.ts";
import type { NflogPacket } from "../../lib/nflog/nflog_packet.ts";
import { PacketReader } from "../../lib/nflog/packet_reader.ts";
import { concatenate, makeRandom, toHex } from "../pcap/packets.ts";
import { readBatch } from "../wire/frames.ts";
import {
  CASES,
  DONE,
  ipv4Packet,
  makeMessage,
  makeWalker,
  recordedDatagrams,
  walkAll,
} from "./datagrams.ts";

const CLOCK = {
  read: () => {},
  seconds: 1_700_000_000,
  nanoseconds: 123_456_789,
};

interface Reading {
  reader: PacketReader;
  ledger: SenderLedger;
  packets: NflogPacket[];
}

function readAll(
  datagrams: readonly Uint8Array[],
  interfaces: Record<string, string> = {},
): Reading {
  const ledger = new SenderLedger();
  const left = [...datagrams];
  const reader = new PacketReader({
    receive(buffer): number {
      const next = left.shift();
      if (next === undefined) return -1;
      buffer.set(next);
      return next.length;
    },
    groups: new GroupStates((group) => ledger.group(group)),
    nameOf: (index) => interfaces[index] ?? "",
    clock: CLOCK,
  });
  const packets: NflogPacket[] = [];
  for (let some = reader.read(); some; some = reader.read()) {
    packets.push(...some);
  }
  return { reader, ledger, packets };
}

for (const [name, recorded] of Object.entries(CASES)) {
  Deno.test(`PacketReader says of the recorded case ${name} what DatagramWalker says`, () => {
    const datagrams = recordedDatagrams(name);
    const { interfaces } = recorded;
    const bench = makeWalker({ interfaces });
    bench.walker.setClock(CLOCK.seconds, CLOCK.nanoseconds);
    const expected = walkAll(bench, datagrams)
      .flatMap((builder) => readBatch(builder.build()));
    const { packets, ledger, reader } = readAll(datagrams, interfaces);
    assert.equal(reader.malformed, 0);
    assert.deepEqual(ledger.totals, bench.ledger.totals);
    assert.equal(packets.length, expected.length);
    for (const [index, packet] of packets.entries()) {
      const seen = expected[index];
      assert(seen !== undefined);
      const { context } = seen;
      assert.equal(toHex(packet.payload), toHex(seen.data));
      assert.equal(packet.capturedLength, seen.data.length);
      assert.equal(packet.originalLength, seen.originalLength);
      assert.deepEqual(packet.time, {
        seconds: seen.seconds,
        nanoseconds: seen.nanoseconds,
      });
      assert.equal(packet.lostBefore, seen.lostBefore);
      const { group, family, hook, protocol, mark, uid, gid } = packet;
      assert.deepEqual(
        { group, family, hook, protocol, mark, uid, gid },
        {
          ...{ group: context.group, family: context.family },
          ...{ hook: context.hook, protocol: context.protocol },
          ...{ mark: context.mark, uid: context.uid, gid: context.gid },
        },
      );
      assert.equal(packet.prefix, context.prefix);
      assert.equal(packet.timeSource, context.timeSource);
      assert.equal(packet.inputInterface?.name ?? "", context.inputInterface);
      assert.equal(packet.outputInterface?.name ?? "", context.outputInterface);
      assert.equal(
        packet.physicalInputInterface?.name ?? "",
        context.physicalInputInterface,
      );
      assert.equal(packet.physicalOutputInterface, undefined);
      assert.equal(packet.sequence, index);
    }
  });
}

Deno.test("a packet that a bridge logged has its MAC addresses, header and VLAN tag", () => {
  const { interfaces } = CASES["bridge"] ?? { interfaces: {} };
  const { packets } = readAll(recordedDatagrams("bridge"), interfaces);
  const [plain, tagged] = packets;
  assert(plain !== undefined && tagged !== undefined);
  assert.deepEqual(plain.inputInterface, { index: 4, name: "bridge0" });
  assert.deepEqual(plain.physicalInputInterface, { index: 2, name: "port1" });
  const header = plain.hardwareHeader ?? plain.l2Header;
  assert(header !== undefined);
  assert.equal(header.length, 14);
  // Of an Ethernet header the source comes second, and the EtherType last.
  assert.equal(
    toHex(plain.hardwareAddress ?? header),
    toHex(header.subarray(6, 12)),
  );
  assert.equal(
    plain.macAddress,
    toHex(header.subarray(6, 12)).replace(/..(?!$)/g, "$&:"),
  );
  assert.equal(toHex(header.subarray(12)), "0800");
  assert.equal(plain.hardwareType, 1);
  assert.equal(plain.vlan, undefined);
  assert.equal(tagged.vlan?.protocol, 0x8100);
  assert((tagged.vlan?.tag ?? 0) > 0);
  assert.equal(plain.conntrack, undefined);
  assert.equal(plain.conntrackId, undefined);
  assert.equal(plain.conntrackInfo, undefined);
  assert.equal(plain.globalSequence, undefined);
});

/** Adds an attribute behind those of a message. */
function withAttribute(
  message: Uint8Array,
  type: number,
  value: Uint8Array,
): Uint8Array {
  const attribute = new Uint8Array((4 + value.length + 3) & ~3);
  const view = new DataView(attribute.buffer);
  view.setUint16(0, 4 + value.length, true);
  view.setUint16(2, type, true);
  attribute.set(value, 4);
  const all = concatenate([message, attribute]);
  new DataView(all.buffer).setUint32(0, all.length, true);
  return all;
}

Deno.test("a packet tells about its connection, and about attributes that nobody knows yet", () => {
  const CTA_STATUS = [8, 0, 3, 0, 0, 0, 0, 14];
  const CTA_ID = [8, 0, 12, 0, 0xde, 0xad, 0xbe, 0xef];
  const NESTED = 0x8000;
  let message = makeMessage({ sequence: 0 });
  message = withAttribute(
    message,
    18 | NESTED,
    Uint8Array.of(...CTA_STATUS, ...CTA_ID),
  );
  message = withAttribute(message, 19, Uint8Array.of(0, 0, 0, 2));
  message = withAttribute(message, 13, Uint8Array.of(0, 0, 1, 0));
  message = withAttribute(message, 77, Uint8Array.of(1, 2, 3));
  const [packet] = readAll([message]).packets;
  assert.equal(packet?.conntrackId, 0xdeadbeef);
  assert.equal(packet?.conntrackInfo, 2);
  assert.equal(packet?.conntrack?.length, 16);
  assert.equal(packet?.globalSequence, 256);
  assert.equal(toHex(packet?.attribute(77) ?? new Uint8Array(0)), "010203");
  assert.equal(packet?.attribute(78), undefined);
  assert.equal(packet?.payload.length, 0);
});

Deno.test("what the kernel lost shows at the packet after it, and in the counts", () => {
  const messages = [0, 1, 5, 6].map((sequence) =>
    makeMessage({ sequence, payload: ipv4Packet(40) })
  );
  const other = makeMessage({ group: 6, sequence: 2, payload: ipv4Packet(40) });
  const { packets, ledger } = readAll([
    concatenate([...messages, other, DONE]),
  ]);
  assert.deepEqual(packets.map(({ lostBefore }) => lostBefore), [
    0,
    0,
    3,
    0,
    2,
  ]);
  assert.equal(ledger.group(5).kernel_dropped, 3);
  assert.equal(ledger.group(6).kernel_dropped, 2);
  assert.equal(ledger.group(5).captured, 4);
  assert.equal(ledger.group(5).captured_bytes, 160);
});

Deno.test("packets stay as they are when the next datagram comes, and copies when the packet changes", () => {
  const datagrams = [1, 2].map((mark) =>
    makeMessage({ sequence: mark - 1, payload: ipv4Packet(30, mark) })
  );
  const { packets } = readAll(datagrams);
  assert.deepEqual(packets.map(({ payload }) => payload.at(-1)), [1, 2]);
  const [first] = packets;
  const copy = first?.copy();
  first?.payload.fill(9);
  assert.equal(copy?.at(-1), 1);
  assert.equal(first?.payload.at(-1), 9);
});

Deno.test("attributes are decoded when they are asked for", () => {
  const [packet] = readAll([makeMessage({ sequence: 7 })]).packets;
  const value = packet?.attribute(12);
  assert.equal(packet?.sequence, 7);
  value?.set([0, 0, 1, 2]);
  assert.equal(packet?.sequence, 258);
});

Deno.test("PacketReader survives any datagram, and counts what makes no sense", () => {
  const random = makeRandom(12);
  const whole = recordedDatagrams("bridge")[0] ?? new Uint8Array(0);
  let malformed = 0;
  for (let round = 0; round < 3000; round++) {
    const datagram = whole.slice(0, random(whole.length + 1));
    for (let left = random(4); left > 0 && datagram.length > 0; left--) {
      datagram[random(datagram.length)] = random(256);
    }
    const { packets, reader } = readAll([datagram]);
    malformed += reader.malformed;
    for (const packet of packets) {
      // Everything is asked for; nothing of it may throw.
      for (const name of GETTERS) void packet[name];
      packet.copy();
    }
  }
  assert(malformed > 100);
});

const GETTERS = [
  ...["group", "family", "hook", "protocol", "payload", "capturedLength"],
  ...["originalLength", "time", "timeSource", "lostBefore", "prefix", "mark"],
  ...["uid", "gid", "inputInterface", "outputInterface", "hardwareAddress"],
  ...["physicalInputInterface", "physicalOutputInterface", "macAddress"],
  ...["hardwareHeader", "hardwareType", "sequence", "globalSequence", "vlan"],
  ...["conntrackId", "conntrackInfo", "conntrack", "l2Header"],
] as (keyof NflogPacket)[];
