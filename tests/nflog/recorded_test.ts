import assert from "node:assert/strict";
import { validateRecords } from "../../lib/pcap/record.ts";
import type { PacketContext } from "../../lib/packet.ts";
import { toHex } from "../pcap/packets.ts";
import { readBatch, type SeenPacket } from "../wire/frames.ts";
import {
  CASES,
  makeWalker,
  type RecordedCase,
  recordedDatagrams,
  type SentPacket,
  walkAll,
} from "./datagrams.ts";

const MAC_HEADER_SIZE = 14;

/** Length and bytes of what was sent, from the network layer on; the kernel chose the identification and checksums. */
function expectedBytes(
  sent: SentPacket,
  seen: Uint8Array,
): { hex: string; size: number } {
  if (sent.data !== undefined) {
    return { hex: sent.data, size: sent.data.length / 2 };
  }
  const payload = sent.payload ?? "";
  const udpSize = 8 + payload.length / 2;
  const hex4 = (value: number): string => value.toString(16).padStart(4, "0");
  const ip = sent.version === 6
    ? [
      toHex(seen.subarray(0, 4)), // the flow label
      hex4(udpSize) + "1140",
      "0".repeat(31) + "1",
      "0".repeat(31) + "1",
    ]
    : [
      "4500" + hex4(20 + udpSize),
      toHex(seen.subarray(4, 6)), // the identification
      "40004011",
      toHex(seen.subarray(10, 12)), // the checksum
      "7f0000017f000001",
    ];
  const udpAt = sent.version === 6 ? 40 : 20;
  const checksum = toHex(seen.subarray(udpAt + 6, udpAt + 8));
  const udp = hex4(40000) + hex4(5001) + hex4(udpSize) + checksum;
  const hex = ip.join("") + udp + payload;
  return { hex, size: hex.length / 2 };
}

function expectedContext(
  sent: SentPacket,
  { group }: RecordedCase,
): PacketContext {
  const ipv6 = sent.version === 6;
  return {
    group,
    family: sent.family ?? (ipv6 ? 10 : 2),
    hook: sent.hook,
    protocol: sent.ethertype ?? (ipv6 ? 0x86dd : 0x0800),
    mark: sent.mark,
    uid: sent.uid,
    gid: sent.gid,
    inputInterface: sent.input ?? "",
    outputInterface: sent.output ?? "",
    physicalInputInterface: sent.physicalInput ?? "",
    physicalOutputInterface: "",
    prefix: sent.prefix ?? "",
    timeSource: sent.kernelTime ? "kernel" : "clock",
  };
}

/** What a packet received over the virtual cable keeps of its sender: its socket, which is root's. */
function withOwner(sent: SentPacket, seen: SeenPacket): SentPacket {
  const overCable = sent.data !== undefined && sent.uid === undefined;
  if (!overCable || seen.context.uid === undefined) return sent;
  return { ...sent, uid: 0, gid: 0 };
}

function judge(
  seen: SeenPacket,
  plain: SentPacket,
  recorded: RecordedCase,
): void {
  const sent = withOwner(plain, seen);
  assert.deepEqual(seen.context, expectedContext(sent, recorded));
  const { hex, size } = expectedBytes(sent, seen.data);
  const captured = Math.min(size, sent.snaplen ?? size);
  assert.equal(toHex(seen.data), hex.slice(0, 2 * captured));
  assert.equal(seen.originalLength, size);
  assert.equal(seen.lostBefore, 0);
  if (sent.kernelTime) {
    const time = seen.seconds + seen.nanoseconds / 1e9;
    assert(time >= recorded.before - 0.1 && time <= recorded.after);
    assert.equal(seen.nanoseconds % 1000, 0);
  } else {
    assert.equal(seen.seconds, 1_700_000_000);
    assert.equal(seen.nanoseconds, 123_456_789);
  }
}

for (const [name, recorded] of Object.entries(CASES)) {
  const datagrams = recordedDatagrams(name);

  Deno.test(`DatagramWalker reads the recorded case ${name} as it was sent`, () => {
    assert.equal(datagrams.length, recorded.datagrams);
    const bench = makeWalker(recorded);
    bench.walker.setClock(1_700_000_000, 123_456_789);
    const [builder] = walkAll(bench, datagrams);
    assert(builder !== undefined);
    const batch = builder.build();
    validateRecords(batch.records, recorded.packets.length);
    const seen = readBatch(batch);
    assert.equal(seen.length, recorded.packets.length);
    for (const [index, sent] of recorded.packets.entries()) {
      judge(seen[index] as SeenPacket, sent, recorded);
    }
    const { malformed, unnumbered } = bench.walker;
    assert.deepEqual({ malformed, unnumbered }, {
      malformed: 0,
      unnumbered: 0,
    });
    const totals = bench.ledger.totals;
    assert.equal(totals.captured, recorded.packets.length);
    assert.equal(
      totals.captured_bytes,
      seen.reduce((sum, { data }) => sum + data.length, 0),
    );
    assert.equal(totals.kernel_dropped + totals.own_dropped, 0);
  });

  Deno.test(`DatagramWalker reads the case ${name} the same, one packet a batch`, () => {
    const whole = walkAll(makeWalker(recorded), datagrams)
      .flatMap((builder) => readBatch(builder.build()));
    const bench = makeWalker(recorded);
    const limit = 16 + Math.max(...whole.map(({ data }) => data.length));
    const builders = walkAll(bench, datagrams, limit);
    const parts = builders.flatMap((builder) => readBatch(builder.build()));
    assert.deepEqual(parts, whole);
    assert.equal(bench.ledger.totals.captured, whole.length);
    assert.equal(bench.walker.malformed, 0);
  });
}

Deno.test("DatagramWalker reads a second datagram of each kind by the layouts of the first", () => {
  for (const [name, recorded] of Object.entries(CASES)) {
    const bench = makeWalker(recorded);
    const datagrams = recordedDatagrams(name);
    const first = walkAll(bench, datagrams).flatMap((one) =>
      readBatch(one.build())
    );
    bench.groups.of(recorded.group).nextSequence = 0;
    const second = walkAll(bench, datagrams).flatMap((one) =>
      readBatch(one.build())
    );
    assert.deepEqual(second, first, name);
  }
});

Deno.test("the recorded egress datagram has an Ethernet header before each packet", () => {
  // So that the test above can not pass by a recording without one.
  const [datagram] = recordedDatagrams("netdev_egress");
  const sent = CASES["netdev_egress"]?.packets[0]?.data ?? "none";
  const at = toHex(datagram as Uint8Array).indexOf(sent) / 2;
  const attribute = at - MAC_HEADER_SIZE - 4;
  assert.equal(datagram?.[attribute + 2], 9);
  assert.equal(datagram?.[attribute], 4 + MAC_HEADER_SIZE + sent.length / 2);
});
