import type { GroupTotals } from "../packet.ts";
import type { SensorReport } from "./sensor_ledger.ts";

/** What is counted of a group by all who capture; who sends counts more. */
export type CaptureTotals = Pick<
  GroupTotals,
  "captured" | "captured_bytes" | "own_dropped" | "kernel_dropped"
>;

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
  /** When these counts were read, as RFC 3339. */
  time?: string;
  /** The name that a sender goes by. */
  sensor?: string;
  /** The sums; packets unless a name ends in `_bytes` or `_frames`. */
  totals: Readonly<Record<string, number>>;
  /** The counts of each NFLOG group, by group. */
  groups?: Readonly<Record<string, CaptureTotals & Partial<GroupTotals>>>;
  /** The counts of each run of a sender, by `<sensor name>/<instance>`. */
  sensors?: Readonly<Record<string, SensorReport>>;
  /** What goes up and down: how full queues are, and were at most; each with its unit at the end of its name. */
  gauges?: Readonly<Record<string, number>>;
  /** How it stands with where the packets go. */
  destination?: {
    /** In few words, such as `writing` or `waiting for a reader`. */
    readonly state: string;
  };
}
