// Reports of programs, for the tests of what is made of them.
import type { SensorReport } from "../../lib/metrics/sensor_ledger.ts";
import type { StatsReport } from "../../lib/metrics/stats_report.ts";
import { emptyGroupTotals } from "../../lib/metrics/sender_ledger.ts";

/** Makes the report of a run of a sender. */
export function sensorReport(counts: Partial<SensorReport>): SensorReport {
  return {
    captured: 0,
    own_dropped: 0,
    kernel_dropped: 0,
    rate_dropped: 0,
    queue_dropped: 0,
    sent: 0,
    sent_before: 0,
    received: 0,
    received_bytes: 0,
    lost_in_transit: 0,
    relay_rate_dropped: 0,
    relay_queue_dropped: 0,
    written: 0,
    stalled_dropped: 0,
    state: "live",
    groups: {},
    ...counts,
  };
}

/** Makes the report of a receiver. */
export function receiverReport(
  sensors: Readonly<Record<string, Partial<SensorReport>>>,
  changes: Partial<StatsReport> = {},
): StatsReport {
  return {
    program: "nflog-pcap-recv",
    version: "1.2.3",
    instance: "00000000000000ab",
    started: "2026-05-01T12:00:00.000Z",
    totals: {},
    sensors: Object.fromEntries(
      Object.entries(sensors).map(([key, run]) => [key, sensorReport(run)]),
    ),
    ...changes,
  };
}

/** Makes the report of a sender, whose totals are those of its groups. */
export function senderReport(
  groups: Readonly<
    Record<string, Partial<ReturnType<typeof emptyGroupTotals>>>
  >,
  totals: Readonly<Record<string, number>> = {},
): StatsReport {
  return {
    program: "nflog-zmq-send",
    version: "1.2.3",
    instance: "00000000000000cd",
    started: "2026-05-01T12:00:00.000Z",
    sensor: "gate",
    totals,
    groups: Object.fromEntries(
      Object.entries(groups).map(([group, counts]) => [
        group,
        { ...emptyGroupTotals(), ...counts },
      ]),
    ),
  };
}
