import assert from "node:assert/strict";
import { RelayLedger } from "../../lib/metrics/relay_ledger.ts";
import { headerOf } from "./sent_frames.ts";

const told = (relay: bigint, rate: number, queue: number) => ({
  relay,
  relay_rate_dropped: rate,
  relay_queue_dropped: queue,
});

Deno.test("RelayLedger tells drops of each lane of each run of a sender apart", () => {
  const ledger = new RelayLedger(9n);
  const headers = [
    headerOf({ sensor: "a", instance: 1n, lane: 0 }),
    headerOf({ sensor: "a", instance: 1n, lane: 1 }),
    headerOf({ sensor: "a", instance: 2n, lane: 0 }),
    headerOf({ sensor: "b", instance: 1n, lane: 0 }),
  ];
  for (const [index, header] of headers.entries()) {
    const lane = ledger.lane(header);
    ledger.bookDrop(lane, "rate", index + 1);
    ledger.bookDrop(lane, "queue", 10 * index);
  }
  for (const [index, header] of headers.entries()) {
    const lane = ledger.lane(header);
    assert.deepEqual(
      lane.totals(lane.arrive(header.relay)),
      told(9n, index + 1, 10 * index),
    );
  }
  assert.deepEqual(ledger.dropped, { rate: 10, queue: 60 });
});

Deno.test("RelayLane adds what relays before it dropped since the first frame", () => {
  const lane = new RelayLedger(9n).lane(headerOf({}));
  assert.deepEqual(lane.totals(lane.arrive(told(3n, 100, 50))), told(9n, 0, 0));
  lane.drop("rate", 7);
  assert.deepEqual(
    lane.totals(lane.arrive(told(3n, 110, 50))),
    told(9n, 17, 0),
  );
  // One that comes late tells less, and takes nothing back.
  assert.deepEqual(
    lane.totals(lane.arrive(told(3n, 105, 50))),
    told(9n, 17, 0),
  );
  lane.drop("queue", 2);
  assert.deepEqual(
    lane.totals(lane.arrive(told(3n, 120, 51))),
    told(9n, 27, 3),
  );
});

Deno.test("RelayLane takes a relay that was started anew for a new count", () => {
  const lane = new RelayLedger(9n).lane(headerOf({}));
  lane.arrive(told(3n, 100, 0));
  lane.arrive(told(3n, 130, 0));
  lane.arrive(told(4n, 5, 0));
  assert.deepEqual(lane.totals(lane.arrive(told(4n, 6, 2))), told(9n, 31, 2));
});

Deno.test("RelayLedger remembers a bounded number of lanes, those heard of last", () => {
  const ledger = new RelayLedger(9n);
  const first = headerOf({ instance: 0n });
  ledger.bookDrop(ledger.lane(first), "rate", 1);
  for (let run = 1; run < 10_000; run++) {
    ledger.bookDrop(
      ledger.lane(headerOf({ instance: BigInt(run) })),
      "rate",
      1,
    );
    ledger.lane(first);
  }
  const { relay } = first;
  const dropped = (instance: bigint): number => {
    const lane = ledger.lane(headerOf({ instance }));
    return lane.totals(lane.arrive(relay)).relay_rate_dropped;
  };
  assert.equal(dropped(0n), 1);
  assert.equal(dropped(9999n), 1);
  assert.equal(dropped(1n), 0);
  assert.equal(ledger.dropped.rate, 10_000);
});
