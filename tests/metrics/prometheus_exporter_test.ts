import assert from "node:assert/strict";
import { parseMetrics } from "../helpers/prometheus_text.ts";
import {
  LABEL_LIMITS,
  PrometheusExporter,
} from "../../lib/metrics/prometheus_exporter.ts";
import { METRIC_HELP } from "../../lib/metrics/metric_help.ts";
import { ReceiverLedger } from "../../lib/metrics/receiver_ledger.ts";
import { samplesOf } from "../../lib/metrics/sample.ts";
import type { StatsReport } from "../../lib/metrics/stats_report.ts";
import { receiverReport, senderReport } from "./reports.ts";

const USAGE = { cpuSeconds: 1.5, residentBytes: 4096 };

/** One line of metrics, as the parser of others reads it. */
interface Read {
  type: string;
  help: string;
  /** By the labels' values, joined. */
  values: Record<string, number>;
}

async function read(
  exporter: PrometheusExporter,
  report: StatsReport,
): Promise<Record<string, Read>> {
  const families = parseMetrics(await exporter.format(report, USAGE));
  return Object.fromEntries(
    families.map(({ name, type, help, metrics }) => [name, {
      type,
      help,
      values: Object.fromEntries(
        metrics.map(({ labels = {}, value }) => [
          Object.values(labels).join(" "),
          Number(value),
        ]),
      ),
    }]),
  );
}

Deno.test("PrometheusExporter tells a sender's packets by sensor and group", async () => {
  const report = senderReport({
    "5": { captured: 7, captured_bytes: 900 },
    "6": { captured: 1, kernel_dropped: 2 },
  }, { captured: 8, captured_bytes: 900, kernel_dropped: 2, sent_frames: 4 });
  const metrics = await read(new PrometheusExporter(), report);
  assert.deepEqual(metrics["nflog_captured_packets_total"], {
    type: "COUNTER",
    help: METRIC_HELP["captured"],
    values: { "gate 5": 7, "gate 6": 1 },
  });
  assert.deepEqual(metrics["nflog_captured_bytes_total"]?.values, {
    "gate 5": 900,
    "gate 6": 0,
  });
  assert.deepEqual(metrics["nflog_sent_frames_total"]?.values, { gate: 4 });
});

Deno.test("PrometheusExporter keeps apart what a receiver counts and what a sensor tells", async () => {
  const report = receiverReport({
    "gate/1": {
      received: 5,
      captured: 9,
      lost_in_transit: 2,
      state: "ended",
    },
    "gate/2": { received: 3, captured: 3 },
    "door/1": { received: 1, state: "vanished" },
  }, { totals: { received: 9, lost_in_transit: 2, rejected_frames: 4 } });
  const metrics = await read(new PrometheusExporter(), report);
  assert.deepEqual(metrics["nflog_received_packets_total"]?.values, {
    gate: 8,
    door: 1,
  });
  assert.deepEqual(metrics["nflog_sensor_captured_packets_total"]?.values, {
    gate: 12,
    door: 0,
  });
  assert.deepEqual(metrics["nflog_rejected_frames_total"]?.values, { "": 4 });
  assert.deepEqual(metrics["nflog_sensor_runs"]?.values, {
    "gate ended": 1,
    "gate live": 1,
    "door vanished": 1,
  });
});

Deno.test("PrometheusExporter says how full queues are and were, and how it stands", async () => {
  const gauges = { output_queue_bytes: 3, output_queue_peak_bytes: 70 };
  const destination = { state: "waiting for a reader" };
  const report = receiverReport({}, { gauges, destination });
  const metrics = await read(new PrometheusExporter(), report);
  assert.equal(metrics["nflog_output_queue_bytes"]?.values[""], 3);
  assert.equal(metrics["nflog_output_queue_peak_bytes"]?.values[""], 70);
  assert.equal(metrics["nflog_output_queue_bytes"]?.type, "GAUGE");
  assert.deepEqual(metrics["nflog_destination_state"]?.values, {
    "waiting for a reader": 1,
  });
  assert.deepEqual(metrics["nflog_build_info"]?.values, {
    "nflog-pcap-recv 1.2.3": 1,
  });
  assert.equal(metrics["process_cpu_seconds_total"]?.values[""], 1.5);
  assert.equal(metrics["process_resident_memory_bytes"]?.values[""], 4096);
  assert.equal(
    metrics["process_start_time_seconds"]?.values[""],
    Date.parse("2026-05-01T12:00:00Z") / 1000,
  );
});

const HOSTILE = [
  'quote " and \\ backslash',
  "line\nbreak 9\nnflog_received_packets_total 1000000",
  "brace } 5",
  "__proto__",
  "constructor",
  "=,{}#",
  "ünïcödé 🦆",
];

Deno.test("PrometheusExporter escapes what sensors call themselves", async () => {
  const sensors = Object.fromEntries(
    HOSTILE.map((name, index) => [`${name}/${index}`, { received: index + 1 }]),
  );
  const exporter = new PrometheusExporter();
  const text = await exporter.format(receiverReport(sensors), USAGE);
  const family = parseMetrics(text)
    .find(({ name }) => name === "nflog_received_packets_total");
  assert.deepEqual(
    family?.metrics.map(({ labels, value }) => [labels?.["sensor"], value]),
    HOSTILE.map((name, index) => [name, String(index + 1)]),
  );
});

Deno.test("PrometheusExporter bounds the labels, and loses no packet by it", async () => {
  const run = { received: 1, groups: {} };
  const group = { ...receiverReport({ a: {} }).sensors?.["a"], received: 1 };
  const sensors = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [
      `s${index}/0`,
      { ...run, groups: { [index]: group, [index + 1]: group } },
    ]),
  );
  const exporter = new PrometheusExporter();
  const report = receiverReport(
    sensors as Parameters<typeof receiverReport>[0],
  );
  const metrics = await read(exporter, report);
  const { values = {} } = metrics["nflog_received_packets_total"] ?? {};
  assert.equal(Object.keys(values).length, LABEL_LIMITS.SENSORS + 1);
  assert.equal(values["other"], 1000 - LABEL_LIMITS.SENSORS);
  const groups = metrics["nflog_sensor_group_received_packets_total"]?.values;
  const counts = Object.values(groups ?? {});
  assert(counts.length <= LABEL_LIMITS.SENSORS + LABEL_LIMITS.SENSOR_GROUPS);
  assert.equal(counts.reduce((sum, value) => sum + value, 0), 2000);
});

Deno.test("PrometheusExporter never lets a counter go back", async () => {
  const exporter = new PrometheusExporter();
  const lost = async (
    sensors: Parameters<typeof receiverReport>[0],
  ): Promise<number | undefined> => {
    const metrics = await read(exporter, receiverReport(sensors));
    return metrics["nflog_lost_in_transit_packets_total"]?.values["gate"];
  };
  assert.equal(await lost({ "gate/1": { lost_in_transit: 9 } }), 9);
  // A late frame is taken out of the loss.
  assert.equal(await lost({ "gate/1": { lost_in_transit: 4 } }), 9);
  // The run is forgotten, another one begins.
  assert.equal(await lost({ "gate/2": { lost_in_transit: 1 } }), 10);
  assert.equal(await lost({}), 10);
});

Deno.test("METRIC_HELP explains every number of a receiver", () => {
  const { totals } = new ReceiverLedger();
  const report = receiverReport({ "gate/1": {} }, { totals: { ...totals } });
  for (const { name } of samplesOf(report)) assert(METRIC_HELP[name], name);
});
