import assert from "node:assert/strict";
import { plainContext } from "../../lib/batch_builder.ts";
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import { makeRandom } from "../pcap/packets.ts";
import { anyPackets, makeBuilder, type SeenPacket } from "../wire/frames.ts";

function packetOf(group: number, size: number): SeenPacket {
  return {
    seconds: 1,
    nanoseconds: 0,
    originalLength: size,
    data: new Uint8Array(size),
    context: plainContext(group, "kernel"),
    lostBefore: 0,
  };
}

Deno.test("SenderLedger.group() gives the same counts of a group each time", () => {
  const ledger = new SenderLedger();
  ledger.group(7).captured += 2;
  assert.equal(ledger.group(7).captured, 2);
  assert.equal(ledger.group(8).captured, 0);
  assert.deepEqual([...ledger.groups.keys()], [7, 8]);
});

Deno.test("SenderLedger.book() counts the packets of each group where they went", () => {
  const ledger = new SenderLedger();
  const { context } = packetOf(5, 1);
  const packets = [
    { ...packetOf(5, 10), context },
    { ...packetOf(5, 10), context },
    packetOf(6, 10),
    { ...packetOf(5, 10), context },
  ];
  const batch = makeBuilder(packets).build();
  ledger.book(batch, "sent");
  ledger.book(batch, "sent");
  ledger.book(batch, "queue_dropped");
  ledger.book(batch, "rate_dropped");
  const { sent, queue_dropped, rate_dropped } = ledger.group(5);
  assert.deepEqual([sent, queue_dropped, rate_dropped], [6, 3, 3]);
  assert.equal(ledger.group(6).sent, 2);
  assert.equal(ledger.totals.sent, 8);
});

Deno.test("SenderLedger.totals are the sums over groups, and the frames", () => {
  const ledger = new SenderLedger();
  for (const [group, factor] of [[1, 1], [2, 10], [65535, 100]] as const) {
    Object.assign(ledger.group(group), {
      captured: factor,
      captured_bytes: 2 * factor,
      own_dropped: 3 * factor,
      kernel_dropped: 4 * factor,
      rate_dropped: 5 * factor,
      queue_dropped: 6 * factor,
      sent: 7 * factor,
    });
  }
  ledger.sentBytes = 1000;
  ledger.sentFrames = 3;
  assert.deepEqual(ledger.totals, {
    captured: 111,
    captured_bytes: 222,
    own_dropped: 333,
    kernel_dropped: 444,
    rate_dropped: 555,
    queue_dropped: 666,
    sent: 777,
    sent_bytes: 1000,
    sent_frames: 3,
  });
});

Deno.test("SenderLedger.bookReplayed() counts every packet and every byte once", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const packets = anyPackets(seed);
    if (packets.length === 0) continue;
    const ledger = new SenderLedger();
    ledger.bookReplayed(makeBuilder(packets).build());
    const { captured, captured_bytes } = ledger.totals;
    const bytes = packets.reduce((sum, { data }) => sum + data.length, 0);
    assert.deepEqual([captured, captured_bytes], [packets.length, bytes]);
    for (const { captured_bytes } of ledger.groups.values()) {
      assert(captured_bytes >= 0 && Number.isInteger(captured_bytes));
    }
  }
});

Deno.test("captured = sent + rate_dropped + queue_dropped, per group, for generated batches", () => {
  const random = makeRandom(4);
  const ledger = new SenderLedger();
  const outcomes = ["sent", "rate_dropped", "queue_dropped"] as const;
  for (let seed = 1; seed <= 200; seed++) {
    const packets = anyPackets(seed);
    if (packets.length === 0) continue;
    const batch = makeBuilder(packets).build();
    ledger.bookReplayed(batch);
    ledger.book(batch, outcomes[random(3)] ?? "sent");
  }
  assert(ledger.groups.size > 10);
  for (const totals of [...ledger.groups.values(), ledger.totals]) {
    const { captured, sent, rate_dropped, queue_dropped } = totals;
    assert.equal(captured, sent + rate_dropped + queue_dropped);
  }
});
