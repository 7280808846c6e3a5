import assert from "node:assert/strict";
import { originalLength } from "../../lib/nflog/record_writer.ts";
import { type PacketBatch, RUN } from "../../lib/packet.ts";
import { RECORD } from "../../lib/pcap/constants.ts";
import { validateRecords } from "../../lib/pcap/record.ts";
import { concatenate, makeRandom, toHex } from "../pcap/packets.ts";
import { readBatch } from "../wire/frames.ts";
import {
  type Bench,
  CASES,
  DONE,
  ipv4Packet,
  type MadeMessage,
  makeMessage,
  makeTarget,
  makeWalker,
  recordedDatagrams,
  walkAll,
} from "./datagrams.ts";

/** A datagram of numbered packets, each of 40 bytes. */
function numbered(
  sequences: readonly number[],
  rest: MadeMessage = {},
): Uint8Array {
  return concatenate([
    ...sequences.map((sequence) =>
      makeMessage({
        sequence,
        payload: ipv4Packet(40, sequence & 0xff),
        ...rest,
      })
    ),
    DONE,
  ]);
}

function marksOf(bench: Bench, datagrams: Uint8Array[]): number[] {
  return walkAll(bench, datagrams)
    .flatMap((builder) => readBatch(builder.build()))
    .map(({ data }) => data[data.length - 1] ?? -1);
}

Deno.test("DatagramWalker counts the gaps in sequence numbers, before and between packets and datagrams", () => {
  const bench = makeWalker();
  const [builder] = walkAll(bench, [
    numbered([2, 3, 7]),
    numbered([8, 10]),
    numbered([11]),
  ]);
  const batch = builder?.build();
  assert.deepEqual([...batch?.runs ?? []], [2, 0, 2, 2, 0, 3, 2, 0, 1]);
  const { captured, kernel_dropped } = bench.ledger.totals;
  assert.deepEqual({ captured, kernel_dropped }, {
    captured: 6,
    kernel_dropped: 6,
  });
  assert.equal(bench.groups.of(5).nextSequence, 12);
});

Deno.test("DatagramWalker counts gaps across the wrap of the 32-bit sequence number", () => {
  const bench = makeWalker();
  bench.groups.of(5).nextSequence = 0xffff_fffd;
  walkAll(bench, [numbered([0xffff_fffd, 0xffff_ffff, 0, 1]), numbered([3])]);
  const { captured, kernel_dropped } = bench.ledger.totals;
  assert.deepEqual([captured, kernel_dropped], [5, 2]);
  const over = makeWalker();
  over.groups.of(5).nextSequence = 0xffff_fffe;
  walkAll(over, [numbered([3])]);
  assert.equal(over.ledger.totals.kernel_dropped, 5);
});

Deno.test("DatagramWalker keeps the sequence numbers of groups apart", () => {
  const bench = makeWalker();
  walkAll(bench, [
    numbered([0, 1], { group: 5 }),
    numbered([4], { group: 6 }),
    numbered([2], { group: 5 }),
  ]);
  assert.deepEqual(bench.ledger.group(5).kernel_dropped, 0);
  assert.deepEqual(bench.ledger.group(5).captured, 3);
  assert.deepEqual(bench.ledger.group(6).kernel_dropped, 4);
});

Deno.test("received + gaps = sent for generated losses, whatever the batches hold", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = makeRandom(seed);
    const bench = makeWalker();
    const first = 2 ** 32 - random(200);
    bench.groups.of(5).nextSequence = first >>> 0;
    const datagrams: Uint8Array[] = [];
    let arrived = 0;
    let sent = 0;
    while (sent < 400) {
      const sequences: number[] = [];
      for (let left = 1 + random(9); left > 0; left--) {
        sent += random(6) === 0 ? random(30) : 0;
        sequences.push((first + sent++) >>> 0);
      }
      arrived += sequences.length;
      // Marks differ, so layouts do, and runs end for both reasons.
      const mark = random(3);
      datagrams.push(numbered(sequences, mark === 0 ? {} : { mark }));
    }
    const builders = walkAll(bench, datagrams, 100 + random(1000));
    const { captured, kernel_dropped } = bench.ledger.totals;
    assert.equal(captured, arrived, `seed ${seed}`);
    assert.equal(captured + kernel_dropped, sent, `seed ${seed}`);
    let stated = 0;
    for (const builder of builders) {
      const { runs } = builder.build();
      for (let at = RUN.LOST_BEFORE; at < runs.length; at += RUN.WORDS) {
        stated += runs[at] ?? 0;
      }
    }
    assert.equal(stated, kernel_dropped, `seed ${seed}`);
  }
});

Deno.test("DatagramWalker stops where a batch is full and goes on there, with no packet twice", () => {
  const datagram = numbered([0, 1, 2, 3, 4, 5, 6]);
  for (let limit = 56; limit < 7 * 56 + 30; limit++) {
    const bench = makeWalker();
    const builders = walkAll(bench, [datagram, numbered([7])], limit);
    const seen = builders.flatMap((builder) => readBatch(builder.build()));
    const marks = seen.map(({ data }) => data[39]);
    assert.deepEqual(marks, [0, 1, 2, 3, 4, 5, 6, 7], `${limit}`);
    const { captured, kernel_dropped } = bench.ledger.totals;
    assert.deepEqual([captured, kernel_dropped], [8, 0], `${limit}`);
    assert(builders.every((builder) => builder.end <= builder.limit));
  }
});

Deno.test("DatagramWalker.pending tells whether a datagram is in hand", () => {
  const { walker } = makeWalker();
  assert.equal(walker.pending, false);
  const datagram = numbered([0, 1]);
  walker.bytes.set(datagram);
  walker.begin(datagram.length);
  assert.equal(walker.pending, true);
  assert.equal(walker.walk(makeTarget(60)), false);
  assert.equal(walker.pending, true);
  assert.equal(walker.walk(makeTarget(60)), true);
  assert.equal(walker.pending, false);
});

Deno.test("DatagramWalker takes no packet into a crowded batch", () => {
  const bench = makeWalker();
  // Every second one lost, so that each packet is a run of its own.
  const sequences = Array.from({ length: 3000 }, (_, index) => 2 * index);
  const builders = walkAll(bench, [numbered(sequences)]);
  assert.equal(builders.length, 3);
  for (const builder of builders) {
    assert(builder.build().runs.length / RUN.WORDS <= 1025);
  }
  const { captured, kernel_dropped } = bench.ledger.totals;
  assert.deepEqual([captured, kernel_dropped], [3000, 2999]);
});

Deno.test("DatagramWalker tells packets apart that differ in one attribute, through more layouts than it remembers", () => {
  const bench = makeWalker();
  const random = makeRandom(11);
  const marks = Array.from({ length: 600 }, () => random(50));
  const messages = marks.map((mark, sequence) =>
    makeMessage({ mark, sequence, payload: ipv4Packet(21, mark) })
  );
  const builders = walkAll(bench, [concatenate(messages)]);
  const seen = builders.flatMap((builder) => readBatch(builder.build()));
  assert.deepEqual(seen.map(({ context }) => context.mark), marks);
  assert.deepEqual(seen.map(({ data }) => data[20]), marks);
  const contexts = new Set(seen.map(({ context }) => context));
  assert.equal(contexts.size, new Set(marks).size);
});

Deno.test("DatagramWalker stays right through more contexts than it remembers", () => {
  const bench = makeWalker();
  const messages = Array.from({ length: 2500 }, (_, sequence) =>
    makeMessage({
      sequence,
      mark: sequence % 1250,
      payload: ipv4Packet(20),
    }));
  const seen = walkAll(bench, [concatenate(messages)])
    .flatMap((builder) => readBatch(builder.build()));
  assert.deepEqual(
    seen.map(({ context }) => context.mark),
    Array.from({ length: 2500 }, (_, index) => index % 1250),
  );
  assert.equal(bench.ledger.totals.kernel_dropped, 0);
});

Deno.test("DatagramWalker alternates layouts with and without time, mark and payload", () => {
  const bench = makeWalker();
  bench.walker.setClock(77, 5_432);
  const kinds: MadeMessage[] = [
    { time: [5, 6], payload: ipv4Packet(30, 1) },
    { payload: ipv4Packet(31, 2) },
    { mark: 9, time: [7, 999_999], payload: ipv4Packet(32, 3) },
    { time: [8, 0] },
  ];
  const messages = Array.from(
    { length: 40 },
    (_, sequence) => makeMessage({ ...kinds[sequence % 4], sequence }),
  );
  const [builder] = walkAll(bench, [concatenate(messages)]);
  const seen = builder === undefined ? [] : readBatch(builder.build());
  const summary = seen.slice(0, 8).map((packet) => [
    packet.seconds,
    packet.nanoseconds,
    packet.data.length,
    packet.context.timeSource,
    packet.context.mark,
  ]);
  const round = [
    [5, 6_000, 30, "kernel", undefined],
    [77, 5_432, 31, "clock", undefined],
    [7, 999_999_000, 32, "kernel", 9],
    [8, 0, 0, "kernel", undefined],
  ];
  assert.deepEqual(summary, [...round, ...round]);
});

Deno.test("DatagramWalker counts packets without a sequence number", () => {
  const bench = makeWalker();
  walkAll(bench, [makeMessage({ payload: ipv4Packet(20) })]);
  assert.equal(bench.walker.unnumbered, 1);
  assert.equal(bench.ledger.totals.captured, 1);
});

Deno.test("DatagramWalker leaves own traffic out, counts it, and sees the losses around it", () => {
  const own = {
    active: true,
    matches: (bytes: Uint8Array, offset: number, size: number): boolean =>
      (bytes[offset + size - 1] ?? 0) % 2 === 1,
  };
  const bench = makeWalker({ own });
  assert.deepEqual(marksOf(bench, [numbered([0, 1, 2, 5, 7, 8])]), [0, 2, 8]);
  const { captured, own_dropped, kernel_dropped } = bench.ledger.totals;
  assert.deepEqual([captured, own_dropped, kernel_dropped], [3, 3, 3]);
  const inactive = makeWalker({ own: { ...own, active: false } });
  assert.deepEqual(marksOf(inactive, [numbered([0, 1])]), [0, 1]);
});

Deno.test("DatagramWalker passes over messages that are no packets", () => {
  const config = new Uint8Array(36);
  new DataView(config.buffer).setUint32(0, 36, true);
  config[4] = 2; // NLMSG_ERROR
  const bench = makeWalker();
  const datagram = concatenate([config, numbered([0]), config, numbered([1])]);
  assert.deepEqual(marksOf(bench, [datagram]), [0, 1]);
  assert.equal(bench.walker.malformed, 0);
});

Deno.test("DatagramWalker takes a last message whose length is not a multiple of four", () => {
  for (let size = 21; size < 29; size++) {
    const message = makeMessage({ sequence: 0, payload: ipv4Packet(size, 9) });
    const length = message.length - (-size & 3);
    const cut = message.slice(0, length);
    new DataView(cut.buffer).setUint32(0, length, true);
    const bench = makeWalker();
    assert.deepEqual(marksOf(bench, [cut]), [9]);
    assert.equal(bench.walker.malformed, 0);
  }
});

for (
  const [what, message] of [
    ["says 0 bytes", Uint8Array.of(0, 0, 0, 0, 0, 4)],
    ["says 15 bytes", Uint8Array.of(15, 0, 0, 0, 0, 4)],
    ["says 2^32 - 1 bytes", Uint8Array.of(255, 255, 255, 255, 0, 4)],
    ["says more than there is", Uint8Array.of(0, 4, 0, 0, 0, 4)],
    ["is a packet without a group", Uint8Array.of(16, 0, 0, 0, 0, 4)],
    ["has an attribute of 0 bytes", Uint8Array.of(24, 0, 0, 0, 0, 4)],
  ] as const
) {
  Deno.test(`DatagramWalker gives a datagram up at a message that ${what}`, () => {
    const bad = new Uint8Array(what.includes("attribute") ? 24 : 20);
    bad.set(message);
    const bench = makeWalker();
    assert.deepEqual(
      marksOf(bench, [concatenate([numbered([0]), bad, numbered([1])])]),
      [0],
    );
    assert.equal(bench.walker.malformed, 1);
    // What was given up shows as a gap.
    assert.deepEqual(marksOf(bench, [numbered([2])]), [2]);
    assert.equal(bench.ledger.totals.kernel_dropped, 1);
    assert.deepEqual([...bench.ledger.groups.keys()], [5]);
  });
}

Deno.test("DatagramWalker ends at every truncated length, and counts what it gave up", () => {
  for (const [name, recorded] of Object.entries(CASES)) {
    const [datagram] = recordedDatagrams(name);
    assert(datagram !== undefined);
    const step = datagram.length > 10_000 ? 997 : 1;
    for (let length = 0; length < datagram.length; length += step) {
      const bench = makeWalker({ ...recorded, size: 128 * 1024 });
      const [builder] = walkAll(bench, [datagram.subarray(0, length)]);
      const packets = builder?.packets ?? 0;
      assert(packets <= recorded.packets.length);
      assert.equal(bench.walker.pending, false);
      assert(bench.walker.malformed <= 1);
      validateRecords(builder?.build().records ?? new Uint8Array(1), packets);
    }
  }
});

Deno.test("DatagramWalker is done with a few bytes too short for a message", () => {
  for (let length = 1; length < 16; length++) {
    const bench = makeWalker();
    assert.deepEqual(
      marksOf(bench, [concatenate([numbered([0]), new Uint8Array(length)])]),
      [0],
    );
    assert.equal(bench.walker.malformed, 1);
  }
});

Deno.test("DatagramWalker.begin() heeds the end of its buffer when a datagram was cut", () => {
  const bench = makeWalker({ size: 256 });
  const { walker } = bench;
  const datagram = numbered([0, 1, 2, 3, 4, 5]);
  walker.bytes.set(datagram.subarray(0, walker.bytes.length));
  walker.begin(datagram.length);
  const builder = makeTarget();
  assert(walker.walk(builder));
  assert.equal(builder.packets, 3);
  assert.equal(walker.malformed, 1);
});

/** Damages a datagram. */
function damage(datagram: Uint8Array, random: (below: number) => number): void {
  for (let wrong = 1 + random(5); wrong > 0; wrong--) {
    // Lengths and types are what hurts: small values, and near the front.
    const at = random(2) === 0
      ? random(datagram.length)
      : random(Math.min(datagram.length, 200));
    datagram[at] = random(3) === 0 ? random(256) : random(12);
  }
}

/** Checks that records and runs add up; a damaged time stays what it is. */
function assertLengths({ records, packets, runs }: PacketBatch): void {
  const view = new DataView(records.buffer, records.byteOffset);
  let at = 0;
  for (let packet = 0; packet < packets; packet++) {
    const captured = view.getUint32(at + RECORD.CAPTURED, true);
    assert(view.getUint32(at + RECORD.ORIGINAL, true) >= captured);
    at += RECORD.SIZE + captured;
  }
  assert.equal(at, records.length);
  let inRuns = 0;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    inRuns += runs[run] ?? 0;
  }
  assert.equal(inRuns, packets);
}

Deno.test("DatagramWalker survives random damage, and never shows a byte from outside the datagram", () => {
  const names = Object.keys(CASES).filter((name) => name !== "largest");
  for (let seed = 1; seed <= 6000; seed++) {
    const random = makeRandom(seed);
    const name = names[random(names.length)] ?? "";
    const [whole] = recordedDatagrams(name);
    const datagram = (whole ?? new Uint8Array(0)).slice();
    damage(datagram, random);
    const outcomes = [0x45, 0xff].map((filling) => {
      // What an earlier, longer datagram left in the buffer.
      const bench = makeWalker({ size: 8192 });
      bench.walker.bytes.fill(filling);
      const builders = walkAll(bench, [datagram], 2048);
      return builders.map((builder) => {
        const batch = builder.build();
        assertLengths(batch);
        assert(builder.end <= builder.limit);
        return toHex(batch.records) + JSON.stringify(batch.contexts) +
          batch.runs.join();
      });
    });
    assert.deepEqual(outcomes[0], outcomes[1], `seed ${seed}, ${name}`);
  }
});

Deno.test("originalLength() believes an IP header only when it says more than was captured", () => {
  const ipv4 = ipv4Packet(1500).subarray(0, 64);
  assert.equal(originalLength(ipv4, 0, 64), 1500);
  assert.equal(originalLength(ipv4, 0, 5), 5);
  assert.equal(originalLength(ipv4Packet(40), 0, 40), 40);
  assert.equal(originalLength(ipv4Packet(40), 0, 30), 40);
  const padded = ipv4Packet(46); // Ethernet's padding is captured
  padded[3] = 40;
  assert.equal(originalLength(padded, 0, 46), 46);
  const bigTcp = ipv4Packet(100); // above 64 KiB the header says 0
  bigTcp[2] = bigTcp[3] = 0;
  assert.equal(originalLength(bigTcp, 0, 100), 100);
  const ipv6 = Uint8Array.of(0x60, 0, 0, 0, 0x05, 0xdc, 17, 64);
  assert.equal(originalLength(ipv6, 0, 8), 1540);
  const arp = Uint8Array.of(0, 1, 8, 0, 6, 4, 0, 1);
  assert.equal(originalLength(arp, 0, 8), 8);
});

Deno.test("DatagramWalker takes no length from packets that are not IP, whatever their first byte", () => {
  // A spanning-tree frame begins with 42 42 03: by its first half byte it would be IPv4 of 768 bytes.
  const message = makeMessage({
    sequence: 0,
    payload: Uint8Array.of(0x42, 0x42, 3, 0, 0, 0, 0, 0),
  });
  message.set([0x00, 0x04], 24); // ETH_P_802_2
  const [builder] = walkAll(makeWalker(), [message]);
  const [packet] = builder === undefined ? [] : readBatch(builder.build());
  assert.equal(packet?.originalLength, 8);
  assert.equal(packet?.context.protocol, 4);
});
