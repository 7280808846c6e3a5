import assert from "node:assert/strict";
import { ReceiverLedger } from "../../lib/metrics/receiver_ledger.ts";
import { emptyGroupTotals } from "../../lib/metrics/sender_ledger.ts";
import { makeRandom } from "../pcap/packets.ts";
import { frameOf, headerOf, ModelSender } from "./sent_frames.ts";

Deno.test("ReceiverLedger counts packets, messages and their bytes", () => {
  const ledger = new ReceiverLedger();
  ledger.book(frameOf(headerOf({ sent: 0, packets: 3 })), 500, 1);
  ledger.book(frameOf(headerOf({ sent: 7, packets: 2 })), 300, 2);
  ledger.rejectedFrames++;
  assert.deepEqual(ledger.totals, {
    received: 5,
    received_bytes: 800,
    received_frames: 2,
    rejected_frames: 1,
    lost_in_transit: 4,
  });
});

Deno.test("ReceiverLedger keeps runs of a sender apart by name and instance", () => {
  const ledger = new ReceiverLedger();
  for (
    const [sensor, instance] of [
      ["a", 1n],
      ["a", 2n],
      ["b", 1n],
      ["a", 1n],
    ] as const
  ) ledger.book(frameOf(headerOf({ sensor, instance, packets: 1 })), 1, 1);
  assert.deepEqual([...ledger.sensors.keys()], [
    "a/0000000000000001",
    "a/0000000000000002",
    "b/0000000000000001",
  ]);
});

Deno.test("ReceiverLedger keeps the groups that a sender told last", () => {
  const ledger = new ReceiverLedger();
  const groups = new Map([[5, { ...emptyGroupTotals(), captured: 3 }]]);
  const told = { ...frameOf(headerOf({})), groups };
  const sensor = ledger.book(told, 1, 1);
  ledger.book(frameOf(headerOf({ packets: 1 })), 1, 2);
  assert.equal(sensor.reportAt(2).groups["5"]?.captured, 3);
});

Deno.test("ReceiverLedger remembers a bounded number of senders, and the losses of those forgotten", () => {
  const ledger = new ReceiverLedger();
  for (let run = 0; run < 3000; run++) {
    const instance = BigInt(run);
    // The first one goes on; each of the others loses two packets.
    ledger.book(frameOf(headerOf({ instance: 0n, packets: 0 })), 1, run);
    ledger.book(frameOf(headerOf({ instance, sent: 0, packets: 1 })), 1, run);
    ledger.book(frameOf(headerOf({ instance, sent: 3, packets: 1 })), 1, run);
  }
  assert.equal(ledger.sensors.size, 1024);
  assert(ledger.sensors.has("gate/0000000000000000"));
  assert(ledger.sensors.has("gate/0000000000000bb7"));
  assert.equal(ledger.totals.lost_in_transit, 6000);
  assert.equal(ledger.totals.received, 6000);
});

Deno.test("a receiver that was started anew begins a count of its own", () => {
  const sender = new ModelSender(1);
  const first = new ReceiverLedger();
  const second = new ReceiverLedger();
  first.book(frameOf(sender.send(0, 10)), 1, 1);
  sender.send(0, 5); // on its way when the first one ended
  const sensor = second.book(frameOf(sender.send(0, 7)), 1, 1);
  const { sent, sent_before, received, lost_in_transit } = sensor.totals;
  assert.deepEqual([sent, sent_before, received, lost_in_transit], [
    22,
    15,
    7,
    0,
  ]);
});

Deno.test("received is what all senders' ledgers say together, for generated traffic", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = makeRandom(seed);
    const ledger = new ReceiverLedger();
    const senders = Array.from({ length: 4 }, () => new ModelSender(2));
    for (let turn = 0; turn < 200; turn++) {
      const index = random(senders.length);
      const header = senders[index]?.send(random(2), random(20), {
        instance: BigInt(index),
      });
      if (header !== undefined && random(4) > 0) {
        ledger.book(frameOf(header), 100, turn);
      }
    }
    const { received, lost_in_transit } = ledger.totals;
    let sent = 0;
    let before = 0;
    for (const { totals } of ledger.sensors.values()) {
      sent += totals.sent;
      before += totals.sent_before;
    }
    assert.equal(sent, before + received + lost_in_transit, `seed ${seed}`);
  }
});

Deno.test("ReceiverLedger counts sensors by their latest runs", () => {
  const ledger = new ReceiverLedger();
  const hear = (sensor: string, instance: bigint, now: number): void => {
    ledger.book(frameOf(headerOf({ sensor, instance })), 1, now);
  };
  assert.deepEqual(ledger.gaugesAt(0), {
    live_sensors: 0,
    vanished_sensors: 0,
  });
  for (const [sensor, instance] of [["a", 1n], ["b", 1n], ["c", 1n]] as const) {
    hear(sensor, instance, 1000);
  }
  const last = headerOf({ sensor: "c", instance: 1n, last: true });
  ledger.book(frameOf(last), 1, 1001);
  assert.deepEqual(ledger.gaugesAt(2000), {
    live_sensors: 2,
    vanished_sensors: 0,
  });
  // The first one is killed and started anew, the second one is only killed.
  hear("a", 2n, 20_000);
  assert.deepEqual(ledger.gaugesAt(20_000), {
    live_sensors: 1,
    vanished_sensors: 1,
  });
});
