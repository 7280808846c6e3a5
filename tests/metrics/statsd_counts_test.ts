import assert from "node:assert/strict";
import { StatsdCounts } from "../../lib/metrics/statsd_counts.ts";
import type { StatsReport } from "../../lib/metrics/stats_report.ts";
import { receiverReport, senderReport } from "./reports.ts";

/** What is told after a report, by name. */
function told(
  counts: StatsdCounts,
  report: StatsReport,
): Record<string, number> {
  return Object.fromEntries(
    counts.changes(report).map(({ name, value }) => [name, value]),
  );
}

Deno.test("StatsdCounts tells a sender's packets by the Python original's names and by the ledger's", () => {
  const counts = new StatsdCounts("gate.nflog_pipe.");
  const totals = { captured: 7, captured_bytes: 900, kernel_dropped: 0 };
  const report = senderReport({ "5": { captured: 7 } }, totals);
  assert.deepEqual(told(counts, report), {
    "gate.nflog_pipe.raw_in.pkt": 7,
    "gate.nflog_pipe.raw_in.bytes": 900,
    "gate.nflog_pipe.captured": 7,
    "gate.nflog_pipe.captured_bytes": 900,
    "gate.nflog_pipe.group.5.captured": 7,
  });
});

const TOTALS = {
  received: 5,
  received_bytes: 600,
  written: 4,
  written_bytes: 500,
  sent: 3,
  sent_bytes: 300,
} as const;

for (
  const [program, names] of Object.entries({
    "nflog-pcap-recv": {
      "raw_in.pkt": 5,
      "raw_in.bytes": 600,
      "raw_out.pkt": 4,
      "raw_out.bytes": 500,
    },
    "nflog-zmq-compress": {
      "compress_in.pkt": 5,
      "compress_in.bytes": 600,
      "compress_out.pkt": 3,
      "compress_out.bytes": 300,
    },
    "nflog-zmq-decompress": {
      "decompress_in.pkt": 5,
      "decompress_in.bytes": 600,
      "decompress_out.pkt": 3,
      "decompress_out.bytes": 300,
    },
  })
) {
  Deno.test(`StatsdCounts has the Python original's names for ${program}`, () => {
    const report = { ...receiverReport({}), program, totals: TOTALS };
    const all = told(new StatsdCounts(""), report);
    const original = Object.entries(all).filter(([name]) => name.includes("."));
    assert.deepEqual(Object.fromEntries(original), names);
  });
}

Deno.test("StatsdCounts tells increments, and nothing of what stood still", () => {
  const counts = new StatsdCounts("");
  const report = (received: number): StatsReport => ({
    ...receiverReport({}),
    totals: { received },
  });
  assert.equal(told(counts, report(5))["received"], 5);
  counts.commit();
  assert.equal(told(counts, report(8))["received"], 3);
  counts.commit();
  assert.deepEqual(told(counts, report(8)), {});
});

Deno.test("StatsdCounts tells again what was not told", () => {
  const counts = new StatsdCounts("");
  const report = (received: number): StatsReport => ({
    ...receiverReport({}),
    totals: { received },
  });
  assert.equal(told(counts, report(5))["received"], 5);
  assert.equal(told(counts, report(9))["received"], 9);
  counts.commit();
  assert.deepEqual(told(counts, report(9)), {});
});

Deno.test("StatsdCounts keeps a hostile sensor's name from being more than one step of a name", () => {
  const counts = new StatsdCounts("p.");
  const key = "a.b:1|c\nevil @#/00000000000000ab";
  const names = Object.keys(
    told(counts, receiverReport({ [key]: { received: 1 } })),
  );
  assert.deepEqual(names, ["p.sensor.a_b_1_c_evil___.received"]);
});

Deno.test("StatsdCounts bounds the names that strangers can make up", () => {
  const counts = new StatsdCounts("");
  const sensors = Object.fromEntries(
    Array.from({ length: 400 }, (_, index) => [`s${index}/0`, { received: 1 }]),
  );
  const all = told(counts, receiverReport(sensors));
  assert.equal(Object.keys(all).length, 257);
  assert.equal(all["sensor.other.received"], 144);
});

Deno.test("StatsdCounts does not tell for new what a sensor counted before it was heard of", () => {
  const counts = new StatsdCounts("");
  const report = (dropped: number): StatsReport =>
    receiverReport({ "gate/1": { kernel_dropped: dropped, received: 2 } });
  assert.deepEqual(told(counts, report(1_000_000)), {
    "sensor.gate.received": 2,
  });
  counts.commit();
  assert.deepEqual(told(counts, report(1_000_003)), {
    "sensor.gate.kernel_dropped": 3,
  });
});

Deno.test("StatsdCounts tells levels as they are, each time", () => {
  const counts = new StatsdCounts("");
  const report = receiverReport({}, { gauges: { output_queue_bytes: 4 } });
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(counts.changes(report), [
      { name: "output_queue_bytes", value: 4, isCounter: false },
    ]);
    counts.commit();
  }
});
