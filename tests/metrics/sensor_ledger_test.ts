import assert from "node:assert/strict";
import { SensorLedger } from "../../lib/metrics/sensor_ledger.ts";
import { makeRandom } from "../pcap/packets.ts";
import { DETAILS } from "../wire/frames.ts";
import { headerOf, ModelSender } from "./sent_frames.ts";

function summary(ledger: SensorLedger): Record<string, number> {
  const { sent, sent_before, received, lost_in_transit } = ledger.totals;
  return { sent, sent_before, received, lost_in_transit };
}

Deno.test("SensorLedger loses nothing when all frames arrive", () => {
  const ledger = new SensorLedger("gate", 1n);
  const sender = new ModelSender(1);
  for (const packets of [0, 5, 1, 0, 7]) {
    ledger.book(sender.send(0, packets), 1);
  }
  assert.deepEqual(summary(ledger), {
    sent: 13,
    sent_before: 0,
    received: 13,
    lost_in_transit: 0,
  });
});

Deno.test("SensorLedger counts what was sent before the first frame as sent_before", () => {
  const ledger = new SensorLedger("gate", 1n);
  ledger.book(headerOf({ sent: 100, packets: 5, number: 9 }), 1);
  assert.deepEqual(summary(ledger), {
    sent: 105,
    sent_before: 100,
    received: 5,
    lost_in_transit: 0,
  });
});

Deno.test("SensorLedger tells a lost frame by the packets it held, and a heartbeat tells the last one", () => {
  const ledger = new SensorLedger("gate", 1n);
  ledger.book(headerOf({ sent: 0, packets: 10, number: 0 }), 1);
  ledger.book(headerOf({ sent: 25, packets: 5, number: 2 }), 2);
  assert.equal(ledger.totals.lost_in_transit, 15);
  ledger.book(headerOf({ sent: 37, packets: 0, number: 4 }), 3);
  assert.deepEqual(summary(ledger), {
    sent: 37,
    sent_before: 0,
    received: 15,
    lost_in_transit: 22,
  });
});

Deno.test("SensorLedger takes a late frame out of the loss again", () => {
  const ledger = new SensorLedger("gate", 1n);
  ledger.book(headerOf({ sent: 0, packets: 10 }), 1);
  ledger.book(headerOf({ sent: 25, packets: 5 }), 2);
  ledger.book(headerOf({ sent: 10, packets: 15 }), 3);
  assert.deepEqual(summary(ledger), {
    sent: 30,
    sent_before: 0,
    received: 30,
    lost_in_transit: 0,
  });
});

Deno.test("SensorLedger takes a frame earlier than the first one out of sent_before", () => {
  const ledger = new SensorLedger("gate", 1n);
  ledger.book(headerOf({ sent: 50, packets: 5 }), 1);
  ledger.book(headerOf({ sent: 40, packets: 10 }), 2);
  assert.deepEqual(summary(ledger), {
    sent: 55,
    sent_before: 40,
    received: 15,
    lost_in_transit: 0,
  });
});

Deno.test("SensorLedger keeps the sender's totals as told last, whatever comes late", () => {
  const ledger = new SensorLedger("gate", 1n);
  const late = { ...DETAILS.totals, captured: 100, queue_dropped: 1 };
  const heartbeat = { ...late, queue_dropped: 40, kernel_dropped: 3 };
  ledger.book(headerOf({ totals: heartbeat }), 1);
  ledger.book(headerOf({ totals: late }), 2);
  const { captured, queue_dropped, kernel_dropped } = ledger.totals;
  assert.deepEqual([captured, queue_dropped, kernel_dropped], [100, 40, 3]);
});

Deno.test("SensorLedger knows when a sender was heard of and that it ended", () => {
  const ledger = new SensorLedger("gate", 0xabcn);
  assert.equal(ledger.instance, "0000000000000abc");
  ledger.book(headerOf({}), 10);
  assert.deepEqual([ledger.lastSeen, ledger.finished], [10, false]);
  ledger.book(headerOf({ last: true }), 20);
  ledger.book(headerOf({}), 30);
  assert.deepEqual([ledger.lastSeen, ledger.finished], [30, true]);
});

Deno.test("sent = sent_before + received + lost_in_transit for generated loss and order, over several lanes", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = makeRandom(seed);
    const lanes = 1 + random(3);
    const sender = new ModelSender(lanes);
    const ledger = new SensorLedger("gate", 1n);
    const inFlight: ReturnType<ModelSender["send"]>[] = [];
    let received = 0;
    for (let turn = 0; turn < 60; turn++) {
      inFlight.push(sender.send(random(lanes), random(3) * random(50)));
      // A receiver that was not there at first, lost frames, and frames that overtake each other.
      if (turn > seed % 20 && random(3) > 0) {
        const [header] = inFlight.splice(random(inFlight.length), 1);
        if (header !== undefined) {
          ledger.book(header, turn);
          received += header.packets;
        }
      }
      const totals = ledger.totals;
      assert.equal(
        totals.sent,
        totals.sent_before + totals.received + totals.lost_in_transit,
        `seed ${seed}, turn ${turn}`,
      );
      assert.equal(totals.received, received);
      assert(totals.sent <= sender.sent());
    }
    for (const header of inFlight) ledger.book(header, 99);
    // With everything there nothing is lost.
    assert.deepEqual(summary(ledger), {
      sent: sender.sent(),
      sent_before: 0,
      received: sender.sent(),
      lost_in_transit: 0,
    });
  }
});

Deno.test("SensorLedger books what a relay says it dropped as the relay's", () => {
  const ledger = new SensorLedger("gate", 1n);
  const relay = (
    number: bigint,
    rate: number,
    queue: number,
  ): {
    relay: bigint;
    relay_rate_dropped: number;
    relay_queue_dropped: number;
  } => ({
    relay: number,
    relay_rate_dropped: rate,
    relay_queue_dropped: queue,
  });
  ledger.book(headerOf({ sent: 0, packets: 10, relay: relay(7n, 3, 4) }), 1);
  ledger.book(headerOf({ sent: 40, packets: 10, relay: relay(7n, 13, 19) }), 2);
  const { lost_in_transit, relay_rate_dropped, relay_queue_dropped } =
    ledger.totals;
  assert.deepEqual(
    [lost_in_transit, relay_rate_dropped, relay_queue_dropped],
    [5, 10, 15],
  );
});

Deno.test("SensorLedger counts a relay's drops once when a frame comes late", () => {
  const ledger = new SensorLedger("gate", 1n);
  const at = (sent: number, dropped: number): void =>
    ledger.book(
      headerOf({
        sent,
        packets: 10,
        relay: {
          relay: 7n,
          relay_rate_dropped: dropped,
          relay_queue_dropped: 0,
        },
      }),
      1,
    );
  at(0, 0);
  at(30, 5); // of the 20 between, 5 were dropped
  at(10, 0); // 10 of the others were only late
  at(40, 5);
  const { received, lost_in_transit, relay_rate_dropped } = ledger.totals;
  assert.deepEqual(
    [received, lost_in_transit, relay_rate_dropped],
    [40, 5, 5],
  );
});

Deno.test("SensorLedger counts what a relay had not told before it was started anew as lost in transit", () => {
  const ledger = new SensorLedger("gate", 1n);
  const through = (relay: bigint, sent: number, dropped: number): void =>
    ledger.book(
      headerOf({
        sent,
        packets: 10,
        relay: {
          relay,
          relay_rate_dropped: dropped,
          relay_queue_dropped: 0,
        },
      }),
      1,
    );
  through(7n, 0, 100);
  through(8n, 30, 2);
  through(8n, 50, 8);
  const { sent, received, lost_in_transit, relay_rate_dropped } = ledger.totals;
  assert.equal(relay_rate_dropped, 6);
  assert.equal(lost_in_transit, 60 - 30 - 6);
  assert.equal(sent, received + lost_in_transit + relay_rate_dropped);
});

Deno.test("SensorLedger tells a sender that is silent for long from one that said it ends", () => {
  const ledger = new SensorLedger("gate", 1n);
  ledger.book(headerOf({ packets: 0 }), 0);
  ledger.book(headerOf({ packets: 0 }), 5_000);
  assert.equal(ledger.stateAt(19_999), "live");
  assert.equal(ledger.stateAt(20_001), "vanished");
  ledger.book(headerOf({ packets: 0 }), 30_000);
  assert.equal(ledger.stateAt(100_000), "live", "it was silent before");
  assert.equal(ledger.stateAt(106_000), "vanished");
  ledger.book({ ...headerOf({ packets: 0 }), last: true }, 107_000);
  assert.equal(ledger.stateAt(1e9), "ended");
});
