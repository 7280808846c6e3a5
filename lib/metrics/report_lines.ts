import type { StatsReport } from "./stats_report.ts";

/** One line about a report: what it is about, and the numbers. */
export interface ReportLine {
  /** What it is about. */
  readonly message: string;
  /** The numbers by name, after what says whose they are. */
  readonly properties: Readonly<Record<string, string | number>>;
}

/** Most lines about parts of a report; a receiver may know a thousand sensors. */
const PARTS_SHOWN = 64;

/**
 * Says what is in a report, a line each: the totals; then, where there are several, each NFLOG group; then each run of a sender, and each of its groups.
 *
 * @param report The report.
 * @returns The lines, 66 at most: the last one says how many are left out.
 */
export function reportLines(report: StatsReport): ReportLine[] {
  const { totals, groups = {}, sensors = {} } = report;
  const parts = groupLines("Totals of a group", {}, groups);
  for (const [sensor, { groups, ...counts }] of Object.entries(sensors)) {
    const { state, ...numbers } = counts;
    const properties = { sensor, state, ...numbers };
    parts.push({ message: "Totals of a sensor", properties });
    parts.push(...groupLines("Totals of a sensor's group", { sensor }, groups));
  }
  const lines = [
    { message: "Totals", properties: totals },
    ...parts.slice(0, PARTS_SHOWN),
  ];
  const left = parts.length - PARTS_SHOWN;
  if (left <= 0) return lines;
  const message = "More groups and sensors are in --stats-json";
  return [...lines, { message, properties: { left_out: left } }];
}

/** A line for each group; one group alone has the numbers of the whole. */
function groupLines(
  message: string,
  whose: ReportLine["properties"],
  groups: Readonly<Record<string, object>>,
): ReportLine[] {
  const entries = Object.entries(groups);
  if (entries.length < 2) return [];
  return entries.map(([group, counts]) => ({
    message,
    properties: { ...whose, group: Number(group), ...counts },
  }));
}
