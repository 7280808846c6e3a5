import type { GroupTotals } from "../packet.ts";
import type { SensorReport } from "./sensor_ledger.ts";

/** What `--stats-json` writes, and what else shows the same. */
export interface StatsReport {
  /** Name of the program. */
  program: string;
  /** Its version. */
  version: string;
  /** This run, as 16 hexadecimal digits. */
  instance: string;
  /** When it started, as RFC 3339. */
  started: string;
  /** The sums; packets unless a name ends in `_bytes` or `_frames`. */
  totals: Readonly<Record<string, number>>;
  /** The counts of each NFLOG group, by group. */
  groups?: Readonly<Record<string, GroupTotals>>;
  /** The counts of each run of a sender, by `<sensor name>/<instance>`. */
  sensors?: Readonly<Record<string, SensorReport>>;
}

/**
 * Formats totals for one line.
 *
 * @param totals The totals.
 * @returns Such as `captured=3 sent=3`.
 */
export function formatTotals(totals: Readonly<Record<string, number>>): string {
  return Object.entries(totals).map(([name, count]) => `${name}=${count}`)
    .join(" ");
}
