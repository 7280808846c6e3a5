import assert from "node:assert/strict";
import { GrowingCounts } from "../../lib/metrics/growing_counts.ts";
import { type Sample, samplesOf } from "../../lib/metrics/sample.ts";
import { receiverReport, senderReport } from "./reports.ts";

/** A number of one run of a sensor. */
function sample(source: string, value: number): Sample {
  return {
    name: "received",
    kind: "count",
    scope: "sensor",
    sensor: "gate",
    group: undefined,
    source,
    isSum: false,
    value,
  };
}

const totalOf = (counts: GrowingCounts, series: string): number | undefined =>
  counts.counts.get(series)?.total;

Deno.test("GrowingCounts adds up the runs of a sensor, and keeps those that are forgotten", () => {
  const counts = new GrowingCounts(({ sensor = "" }) => sensor);
  counts.update([sample("gate/1", 10)]);
  counts.update([sample("gate/1", 12), sample("gate/2", 5)]);
  assert.equal(totalOf(counts, "gate"), 17);
  counts.update([sample("gate/2", 6)]);
  assert.equal(totalOf(counts, "gate"), 18);
});

Deno.test("GrowingCounts stands still while a number is below its highest", () => {
  const counts = new GrowingCounts(({ sensor = "" }) => sensor);
  for (const value of [10, 4, 9, 10, 13]) {
    const before = totalOf(counts, "gate") ?? 0;
    counts.update([sample("gate/1", value)]);
    assert((totalOf(counts, "gate") ?? 0) >= before);
  }
  assert.equal(totalOf(counts, "gate"), 13);
});

Deno.test("GrowingCounts begins where a source is first seen, if told so", () => {
  const counts = new GrowingCounts(
    ({ sensor = "" }) => sensor,
    () => "from now",
  );
  counts.update([sample("gate/1", 1_000_000)]);
  assert.equal(totalOf(counts, "gate"), 0);
  counts.update([sample("gate/1", 1_000_007)]);
  assert.equal(totalOf(counts, "gate"), 7);
});

Deno.test("GrowingCounts leaves levels out", () => {
  const counts = new GrowingCounts(({ name }) => name);
  counts.update([{ ...sample("", 5), kind: "level" }]);
  assert.equal(counts.counts.size, 0);
});

Deno.test("samplesOf() marks the sums whose parts are there too", () => {
  const report = senderReport({ "5": { captured: 3 }, "6": { captured: 4 } }, {
    captured: 7,
    sent_bytes: 900,
  });
  const samples = samplesOf(report);
  const sums = samples.filter(({ isSum }) => isSum).map(({ name }) => name);
  assert.deepEqual(sums, ["captured"]);
  const captured = samples.filter(({ isSum, name }) =>
    !isSum && name === "captured"
  ).map(({ group, value }) => [group, value]);
  assert.deepEqual(captured, [["5", 3], ["6", 4]]);
});

Deno.test("samplesOf() finds the sensor's name in a key with slashes", () => {
  const report = receiverReport({ "a/b/00000000000000ab": { received: 1 } });
  assert(samplesOf(report).every(({ sensor }) => sensor === "a/b"));
});
