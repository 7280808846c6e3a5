import type { GroupTotals } from "../packet.ts";
import type { SensorReport } from "../metrics/sensor_ledger.ts";
import type { SensorLedger } from "../pcapng/mod.ts";

/**
 * Writes what a receiver counted the way a pcapng file tells it: a row for each group of each run of a sender, and one for each run itself.
 *
 * What a sender lost before this receiver came to hear of it is told in words, but does not count as lost here.
 *
 * @param sensors What is known of each run of a sender, by `<sensor name>/<instance>`.
 * @returns The rows.
 */
export function receiverLedgerRows(
  sensors: Readonly<Record<string, SensorReport>>,
): SensorLedger[] {
  return Object.entries(sensors).flatMap(([key, report]) => {
    const sensor = key.slice(0, key.lastIndexOf("/"));
    return rowsOf(sensor, report);
  });
}

function rowsOf(sensor: string, report: SensorReport): SensorLedger[] {
  const { groups, state: _, ...counters } = report;
  const isWhole = report.sent_before === 0;
  let transit = report.lost_in_transit + report.relay_rate_dropped +
    report.relay_queue_dropped;
  const rows = Object.entries(groups).map(([group, totals]): SensorLedger => {
    transit -= totals.lost_in_transit;
    const here = totals.lost_in_transit + totals.stalled_dropped;
    const there = totals.kernel_dropped + totals.rate_dropped +
      totals.queue_dropped;
    return {
      sensor,
      group: Number(group),
      lost: isWhole ? here + there : here,
      apart: !isWhole,
      counters: { ...totals },
    };
  });
  return [...rows, { sensor, lost: Math.max(transit, 0), counters }];
}

/**
 * Writes what a capture on this host counted the way a pcapng file tells it.
 *
 * @param sensor The name of this host.
 * @param groups The counts of each group.
 * @returns The rows.
 */
export function captureLedgerRows(
  sensor: string,
  groups: ReadonlyMap<number, GroupTotals>,
): SensorLedger[] {
  return Array.from(groups, ([group, totals]) => ({
    sensor,
    group,
    lost: totals.kernel_dropped,
    counters: {
      captured: totals.captured,
      captured_bytes: totals.captured_bytes,
      own_dropped: totals.own_dropped,
      kernel_dropped: totals.kernel_dropped,
    },
  }));
}
