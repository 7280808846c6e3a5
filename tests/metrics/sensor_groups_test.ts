import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import { emptyGroupTotals } from "../../lib/metrics/sender_ledger.ts";
import { SensorGroups } from "../../lib/metrics/sensor_groups.ts";
import type { GroupTotals, PacketBatch } from "../../lib/packet.ts";

const CONTEXTS = [plainContext(5, "kernel"), plainContext(7, "kernel")];

/** A batch of runs, each a place in {@linkcode CONTEXTS} and a number of packets. */
function batchOf(...runs: [number, number][]): PacketBatch {
  const builder = new BatchBuilder(new Uint8Array(64 * 1024));
  const packet = {
    seconds: 1,
    nanoseconds: 0,
    originalLength: 1,
    data: Uint8Array.of(0x45),
  };
  for (const [place, packets] of runs) {
    const context = CONTEXTS[place] ?? plainContext(0, "clock");
    for (let count = 0; count < packets; count++) builder.add(packet, context);
  }
  return builder.build();
}

function told(sent: number): GroupTotals {
  return { ...emptyGroupTotals(), captured: sent, sent };
}

Deno.test("SensorGroups shares the packets that arrive among their groups", () => {
  const groups = new SensorGroups();
  groups.bookArrival(batchOf([0, 3], [1, 2], [0, 1]));
  assert.equal(groups.totals["5"]?.received, 4);
  assert.equal(groups.totals["7"]?.received, 2);
});

Deno.test("SensorGroups takes the last packets of a batch for those that were dropped", () => {
  const groups = new SensorGroups();
  const batch = batchOf([0, 3], [1, 2], [0, 1]);
  groups.bookArrival(batch);
  groups.bookOutcome(batch, 2);
  assert.equal(groups.totals["5"]?.written, 3);
  assert.equal(groups.totals["5"]?.stalled_dropped, 1);
  assert.equal(groups.totals["7"]?.written, 1);
  assert.equal(groups.totals["7"]?.stalled_dropped, 1);
});

Deno.test("SensorGroups finds what is missing of what a sender says it sent", () => {
  const groups = new SensorGroups();
  groups.bookArrival(batchOf([0, 6]));
  groups.bookTold(new Map([[5, told(10)]]), { alone: true, fromStart: true });
  assert.equal(groups.totals["5"]?.lost_in_transit, 4);
  assert.equal(groups.totals["5"]?.sent, 10);
});

Deno.test("SensorGroups takes what a sender sent before it was heard of for no loss", () => {
  const groups = new SensorGroups();
  groups.bookArrival(batchOf([0, 6]));
  groups.bookTold(new Map([[5, told(10)]]), { alone: true, fromStart: false });
  groups.bookArrival(batchOf([0, 1]));
  groups.bookTold(new Map([[5, told(13)]]), { alone: true, fromStart: false });
  const { sent, sent_before, received, lost_in_transit } = groups.totals["5"] ??
    assert.fail();
  assert.deepEqual({ sent, sent_before, received, lost_in_transit }, {
    sent: 13,
    sent_before: 4,
    received: 7,
    lost_in_transit: 2,
  });
});

Deno.test("SensorGroups calls nothing lost that may have gone to another receiver", () => {
  const groups = new SensorGroups();
  groups.bookTold(new Map([[5, told(10)]]), { alone: false, fromStart: true });
  assert.equal(groups.totals["5"]?.lost_in_transit, 0);
  assert.equal(groups.totals["5"]?.captured, 10);
});
