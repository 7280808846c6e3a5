import assert from "node:assert/strict";
import { reportLines } from "../../lib/metrics/report_lines.ts";
import { receiverReport, senderReport, sensorReport } from "./reports.ts";

Deno.test("reportLines() gives the totals alone where there is one group, which has the same numbers", () => {
  const report = senderReport({ 5: { captured: 3 } }, { captured: 3 });
  assert.deepEqual(reportLines(report), [
    { message: "Totals", properties: { captured: 3 } },
  ]);
});

Deno.test("reportLines() gives each of several groups a line", () => {
  const report = senderReport(
    { 5: { captured: 3 }, 7: { captured: 4 } },
    { captured: 7 },
  );
  const [totals, five, seven, ...others] = reportLines(report);
  assert.deepEqual(totals?.properties, { captured: 7 });
  assert.deepEqual(five, {
    message: "Totals of a group",
    properties: { group: 5, ...report.groups?.[5] },
  });
  assert.equal(seven?.properties["captured"], 4);
  assert.deepEqual(others, []);
});

Deno.test("reportLines() gives each run of a sender a line, with how it stands with it and every number", () => {
  const { groups: _, ...gone } = sensorReport({ sent: 9, state: "vanished" });
  const report = receiverReport(
    { "gate/1": { sent: 9, state: "vanished" }, "gate/2": { received: 1 } },
    { totals: { received: 1 } },
  );
  const lines = reportLines(report);
  assert.equal(lines.length, 3);
  assert.deepEqual(lines[1], {
    message: "Totals of a sensor",
    properties: { sensor: "gate/1", ...gone },
  });
  assert.equal(lines[2]?.properties["state"], "live");
});

Deno.test("reportLines() gives each of several groups of a sender a line", () => {
  const group = {
    ...{ captured: 0, own_dropped: 0, kernel_dropped: 0, rate_dropped: 0 },
    ...{ queue_dropped: 0, sent: 0, sent_before: 0, received: 2 },
    ...{ lost_in_transit: 0, written: 0, stalled_dropped: 0 },
  };
  const groups = { 5: group, 7: { ...group, received: 4 } };
  const lines = reportLines(receiverReport({ "gate/1": { groups } }));
  assert.deepEqual(
    lines.slice(2).map(({ message, properties }) => [
      message,
      properties["sensor"],
      properties["group"],
      properties["received"],
    ]),
    [
      ["Totals of a sensor's group", "gate/1", 5, 2],
      ["Totals of a sensor's group", "gate/1", 7, 4],
    ],
  );
});

Deno.test("reportLines() says how many lines it leaves out", () => {
  const runs = Array.from({ length: 100 }, (_, run) => [`gate/${run}`, {}]);
  const lines = reportLines(receiverReport(Object.fromEntries(runs)));
  assert.equal(lines.length, 66);
  assert.deepEqual(lines.at(-1), {
    message: "More groups and sensors are in --stats-json",
    properties: { left_out: 36 },
  });
});
